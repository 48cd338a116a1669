"""One node's network, made of namespaces: a router, and a link to it for every pod and for everybody outside.

Nothing here has a default route, so that nothing reaches, or is reached from, beyond these namespaces. Each zone has an
address block of its own; every packet between two ends passes through the router, where the policies are enforced. The
node itself is the router's own namespace: probes come from there, as a kubelet's do.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PODS = "10.32.0.0/16"
NODE_ADDRESS = "10.32.0.1"
OUTSIDE = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
"""The networks that the manifests name as examples: cameras, browsers, receivers of webhooks."""
GATEWAY = "169.254.1.1"
RUN = Path("/run/netns")


def run(*command: str, stdin: str | None = None) -> str:
    """What a command printed. Raises AssertionError with what it complained of."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class End:
    """A pod's, or an outsider's, namespace and address."""

    namespace: str
    address: str

    @property
    def path(self) -> Path:
        return RUN / self.namespace

    def command(self, *command: str) -> tuple[str, ...]:
        """A command line that runs there."""
        return ("ip", "netns", "exec", self.namespace, *command)


@dataclass
class Fabric:
    """prefix: of every namespace's name, so that two runs do not meet."""

    prefix: str
    ends: dict[str, End] = field(default_factory=dict)

    @property
    def node(self) -> End:
        return End(f"{self.prefix}-node", NODE_ADDRESS)

    def start(self) -> None:
        """The router, with no policy yet."""
        node = self.node.namespace
        run("ip", "netns", "add", node)
        run("ip", "-n", node, "link", "set", "lo", "up")
        run("ip", "-n", node, "address", "add", f"{NODE_ADDRESS}/32", "dev", "lo")
        run(*self.node.command("sysctl", "-qw", "net.ipv4.ip_forward=1"))

    def attach(
        self,
        name: str,
        address: str,
        files: Mapping[str, str] | None = None,
        reach: Sequence[str] = (PODS, *OUTSIDE),
    ) -> End:
        """A new namespace with one link to the router, and routes to the blocks of `reach` and no other.

        files: what processes run there find in /etc, by name.
        """
        end, node, link = End(f"{self.prefix}-{name}", address), self.node.namespace, f"v{len(self.ends)}"
        for file, content in (files or {}).items():
            path = Path("/etc/netns") / end.namespace / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        run("ip", "netns", "add", end.namespace)
        self.ends[name] = end
        run("ip", "-n", node, "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", end.namespace)
        run("ip", "-n", node, "address", "add", f"{GATEWAY}/32", "dev", link)
        run("ip", "-n", node, "link", "set", link, "up")
        run("ip", "-n", node, "route", "add", f"{address}/32", "dev", link, "src", NODE_ADDRESS)
        for words in _inside(address, reach):
            run("ip", "-n", end.namespace, *words)
        return end

    def nft(self, end: End, ruleset: str) -> str:
        """Load rules in a namespace."""
        return run(*end.command("nft", "-f", "-"), stdin=ruleset)

    def list_set(self, end: End, table: str, name: str) -> str:
        """A set of a namespace's, as nft's JSON."""
        return run(*end.command("nft", "--json", "list", "set", "inet", table, name))

    def stop(self) -> None:
        """Every namespace, with its links, goes."""
        for end in (*self.ends.values(), self.node):
            subprocess.run(["ip", "netns", "delete", end.namespace], check=False, stderr=subprocess.DEVNULL)
            folder = Path("/etc/netns") / end.namespace
            for file in folder.glob("*"):
                file.unlink()
            with contextlib.suppress(FileNotFoundError):
                folder.rmdir()


def _inside(address: str, reach: Sequence[str]) -> Sequence[Sequence[str]]:
    return (
        ("link", "set", "lo", "up"),
        ("link", "set", "eth0", "up"),
        ("address", "add", f"{address}/32", "dev", "eth0"),
        ("route", "add", GATEWAY, "dev", "eth0", "scope", "link"),
        *(("route", "add", block, "via", GATEWAY) for block in reach),
    )
