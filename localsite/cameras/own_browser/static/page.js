// Publishes this browser's camera by WHIP (RFC 9725) through the page's own server, once the button is pressed.
const one = (id) => document.getElementById(id);
const WANTED = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 30 } };
const RETRY_MS = 2000;
let stream = null;
let connection = null;

const say = (text) => { one("status").value = text; };
const report = (event) => fetch("report", { method: "POST", body: event }).catch(() => undefined);

async function gathered() {
  while (connection.iceGatheringState !== "complete") {
    await new Promise((next) => connection.addEventListener("icegatheringstatechange", next, { once: true }));
  }
}

function changed() {
  const state = this.connectionState;
  if (this !== connection) return;
  if (state === "connected") {
    report("connected");
    say("The demo sees you.");
  } else if (state === "disconnected") {
    report("disconnected");
    say("The connection to the demo is gone.");
  } else if (state === "failed") {
    keep();
  }
}

async function publish() {
  connection = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: [] });
  connection.addEventListener("connectionstatechange", changed);
  for (const track of stream.getVideoTracks()) {
    connection.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    track.addEventListener("ended", stop);
  }
  await connection.setLocalDescription();
  await gathered();
  const headers = { "Content-Type": "application/sdp" };
  const answer = await fetch("whip", { method: "POST", headers, body: connection.localDescription.sdp });
  if (answer.status !== 201) throw new Error(`the demo answered ${answer.status}`);
  await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
}

async function keep() {
  const mine = stream;
  while (stream === mine) {
    connection?.close();
    try {
      return await publish();
    } catch (error) {
      if (stream === mine) say(`It does not work (${error.message}); trying again.`);
      await new Promise((next) => setTimeout(next, RETRY_MS));
    }
  }
  return undefined;
}

async function start() {
  one("start").disabled = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: WANTED });
  } catch (error) {
    report("refused");
    say(`This browser gave no camera (${error.name}).`);
    one("start").disabled = false;
    return;
  }
  one("own").srcObject = stream;
  one("stop").disabled = false;
  say("Connecting …");
  await keep();
}

async function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  const ended = connection;
  [connection, stream, one("own").srcObject] = [null, null, null];
  one("stop").disabled = true;
  await fetch("whip", { method: "DELETE", keepalive: true }).catch(() => undefined);
  ended?.close();
  one("start").disabled = false;
  say("The camera is off.");
}

one("start").addEventListener("click", start);
one("stop").addEventListener("click", stop);
addEventListener("pagehide", () => { if (stream) stop(); });
