"""Where media is received: ports of a range, addresses of others that are told of, a range that is used up."""

from __future__ import annotations

from services.ingest.sources.webrtc.media import MediaConnection, MediaOptions
from tests.support.free_ports import free_udp_ports


async def gathered(media: MediaOptions) -> tuple[MediaConnection, list[tuple[str, int]]]:
    """A connection, and the addresses and ports that it would tell of."""
    connection = MediaConnection(ice_controlling=False, media=media)
    found = await connection.get_component_candidates(1, ["127.0.0.1"])
    return connection, [(one.host, one.port) for one in found]


async def test_media_takes_ports_of_its_range_until_none_is_left() -> None:
    first = free_udp_ports(3)
    media = MediaOptions(ports=(first, first + 2))
    made = [await gathered(media) for _ in range(4)]
    told = [port for _, one in made for _, port in one]
    assert sorted(told) == [first, first + 1, first + 2], "the fourth finds none, and tells of none"
    await made[0][0].close()
    again, (one,) = await gathered(media)
    assert one == ("127.0.0.1", told[0])
    for connection, _ in [*made[1:], (again, [])]:
        await connection.close()


async def test_addresses_that_pass_the_same_ports_on_are_told_of_and_nothing_is_bound_there() -> None:
    first = free_udp_ports(1)
    media = MediaOptions(ports=(first, first), announced=("203.0.113.9", "2001:db8::9", "127.0.0.1"))
    connection, told = await gathered(media)
    assert told == [("127.0.0.1", first), ("203.0.113.9", first)], "an IPv4 port is not passed on from an IPv6 address"
    await connection.close()


async def test_without_a_range_any_port_will_do() -> None:
    connection, ((host, port),) = await gathered(MediaOptions())
    assert host == "127.0.0.1"
    assert port > 0
    await connection.close()
