"""GStreamer's RTSP server as a camera, in the system's Python: its own descriptions, sessions, digests and packets.

Told by its first argument, JSON: codec, fps, video, login (user and password, or null), transport, port, payloading
(properties of its payloader). Says on its output, a line each, the port that it listens on and every PLAY; each line of
its input names the video to go on with.
A video is a file of access units as byte streams, each after its length in four bytes. It ends with its input.
"""

import json
import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

KINDS = {"H264": ("x-h264", "rtph264pay"), "H265": ("x-h265", "rtph265pay")}
ROLE = "viewer"


def units_of(path):
    """The access units of a video."""
    content, units, at = Path(path).read_bytes(), [], 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        units.append(content[at + 4 : at + 4 + size])
        at += 4 + size
    return units


class Camera:
    """Feeds every media that somebody watches, picture by picture."""

    def __init__(self, told):
        self.units, self.at, self.sources = units_of(told["video"]), 0, []
        kind, payloader = KINDS[told["codec"]]
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(
            "( appsrc name=source is-live=true format=time do-timestamp=true "
            f"caps=video/{kind},stream-format=byte-stream,alignment=au "
            f"! {payloader} {told['payloading']} name=pay0 pt=96 )"
        )
        factory.set_shared(True)
        factory.set_protocols(getattr(GstRtsp.RTSPLowerTrans, told["transport"].upper()))
        factory.connect("media-configure", self.configured)
        server = GstRtspServer.RTSPServer()
        server.set_address("127.0.0.1")
        server.set_service(str(told["port"]))
        if told["login"] is not None:
            server.set_auth(wanting(*told["login"]))
            permissions = GstRtspServer.RTSPPermissions()
            for what in ("access", "construct"):
                permissions.add_permission_for_role(ROLE, f"media.factory.{what}", True)
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory("/stream1", factory)
        server.connect("client-connected", lambda _, client: client.connect("play-request", lambda *_: say("play")))
        server.attach(None)
        self.server = server
        GLib.timeout_add(1000 // told["fps"], self.show)
        GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, self.heard)

    def configured(self, _factory, media):
        """Somebody wants to watch."""
        source = media.get_element().get_by_name("source")
        self.sources.append(source)
        media.connect("unprepared", lambda _: self.sources.remove(source))
        self.at = 0

    def show(self):
        """The next picture."""
        for source in list(self.sources):
            source.emit("push-buffer", Gst.Buffer.new_wrapped(self.units[self.at]))
        self.at = (self.at + 1) % len(self.units)
        return True

    def heard(self, *_):
        """Another video, or the end."""
        line = sys.stdin.readline().strip()
        if not line:
            sys.exit()
        self.units, self.at = units_of(line), 0
        return True


def wanting(user, password):
    """Digest authentication of one user."""
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, token)
    return auth


def say(line):
    """To whoever started this."""
    print(line, flush=True)


Gst.init(None)
camera = Camera(json.loads(sys.argv[1]))
say(camera.server.get_bound_port())
GLib.MainLoop().run()
