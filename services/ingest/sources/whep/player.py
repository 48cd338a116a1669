"""The media side of one session: offers to receive one video, takes the answer. Audio is not asked for."""

from __future__ import annotations

from aiortc import RTCRtpReceiver

from services.ingest.sources.pulling.errors import NoVideo
from services.ingest.sources.webrtc.errors import MalformedDescription, UnservedDescription
from services.ingest.sources.webrtc.reception import Reception
from services.ingest.sources.webrtc.sending import check_sending
from services.ingest.sources.whep.errors import AnswerMalformed

TAKEN = frozenset({"video/vp8", "video/h264", "video/rtx"})


class Player(Reception):
    """One WebRTC connection to a camera that answers."""

    async def offer(self) -> str:
        """The SDP offer with every candidate of this side."""
        connection = self._connection
        video = connection.addTransceiver("video", direction="recvonly")
        known = RTCRtpReceiver.getCapabilities("video").codecs
        video.setCodecPreferences([one for one in known if one.mimeType.lower() in TAKEN])
        self._receive(video)
        await connection.setLocalDescription(await connection.createOffer())
        return str(connection.localDescription.sdp)

    async def take(self, text: str) -> None:
        """Apply the camera's answer to the offer.

        Raises:
            AnswerMalformed: no answer, or none to this offer.
            NoVideo: it sends none, or none that can be received.
        """
        try:
            answer = check_sending(text)
            if answer.mids != tuple(one.mid for one in self._connection.getTransceivers()):
                raise AnswerMalformed("not the offer's media sections")
            if answer.transport.setup == "actpass":
                raise AnswerMalformed("an answer chooses its role")
            await self._hear(answer, "answer")
        except MalformedDescription as error:
            raise AnswerMalformed(str(error)) from None
        except UnservedDescription as error:
            raise NoVideo(str(error)) from None
