"""Settings of the client and of servers of each mode, which do not mix."""

from __future__ import annotations

import pytest

from services.runtime.errors import SettingsError
from services.runtime.settings import load
from services.snni_client.settings import SnniClientSettings
from services.snni_server.settings import SnniServerSettings


def test_settings_of_two_modes_do_not_mix(monkeypatch, tmp_path):
    def client(**values):
        common = {"SITE_FILE": tmp_path / "s", "CERTIFICATE": "c", "KEY": "k", "CA": "a", "NATS_URL": "tls://x:1"}
        common |= {"NATS_CERT": "c", "NATS_KEY": "k", "NATS_CA": "a"}
        for name, value in (common | values).items():
            monkeypatch.setenv(f"VEILWARD_SNNI_CLIENT_{name}", str(value))
        return lambda: load(SnniClientSettings)

    for values in (
        {"MODE": "three-servers", "PLAN_HASH": "0" * 64, "EDGE_URL": "snni://e:1", "PEERS_FILE": "p"},
        {"MODE": "three-servers", "EDGE_URL": ""},
        {"MODE": "four-servers", "PLAN_HASH": "0" * 64, "EDGE_URL": "snni://e:1", "PEERS_FILE": "p"},
        {"MODE": "four-servers", "PLAN_HASH": "0" * 64},
        {"MODE": "three-servers-active", "PLAN_HASH": "0" * 64},
        {"MODE": "five-servers", "PLAN_HASH": "0" * 64, "PEERS_FILE": "p"},
    ):
        with monkeypatch.context() as patched:
            monkeypatch = patched
            with pytest.raises(SettingsError):
                client(**values)()


@pytest.mark.parametrize(
    "values", [{}, {"bundle": "b", "share": "s"}, {"share": "s"}, {"bundle": "b", "peers_file": "p"}]
)
def test_a_server_has_one_role(values):
    with pytest.raises(ValueError, match=r"set bundle|a share server|for a share server"):
        SnniServerSettings(certificate="c", key="k", ca="a", **values)


PEMS = {"certificate": "c", "key": "k", "ca": "a"}
A_SHARE = {**PEMS, "share": "s", "peers_file": "p", "dial_certificate": "c", "dial_key": "k"}


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("locked_file", "l", None),
        ("allow_scores", True, False),
        ("ot", "either", "ferret"),
        ("threads", 2, 1),
        ("device", "cuda", "cpu"),
    ],
)
def test_a_share_server_refuses_what_would_do_nothing_there(name, value, left):
    """An operator who sets a device is told that nothing would be computed there."""
    SnniServerSettings(**PEMS, bundle="b", **{name: value})
    SnniServerSettings(**A_SHARE, **{name: left})
    with pytest.raises(ValueError, match=f"{name}: for two parties"):
        SnniServerSettings(**A_SHARE, **{name: value})


def test_sessions_of_share_servers_outlive_a_preparation():
    """One whose age is over before its first inference is prepared would score nothing, and so would its successors."""
    SnniServerSettings(**PEMS, bundle="b", session_max_age_s=60.0)
    SnniServerSettings(**A_SHARE, session_max_age_s=3600.0)
    with pytest.raises(ValueError, match="session_max_age_s of a share server is 3600 at least"):
        SnniServerSettings(**A_SHARE, session_max_age_s=3599.0)
