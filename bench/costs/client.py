"""The client's process of a waterfall: inferences of images, the spans of each kept; JSON at its end."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

import numpy as np

from localsite.party_client import dialling, target
from snni.twoparty.session.client import Session
from snni.twoparty.threads import use_threads
from snni.wire.timeline import Timeline


def main() -> None:
    """One inference an image, each prepared before its pixels are looked at."""
    parser = argparse.ArgumentParser(description=__doc__)
    dialling(parser)
    options = parser.parse_args()
    use_threads(options.threads)
    session = Session.connect(target(options), lambda event, number: None)
    inferences = []
    for image in np.load(options.images):
        while session.ready == 0:
            session.advance(options.batch)
        line = Timeline()
        session.infer(image, online=line)
        inferences.append([asdict(span) for span in line.spans])
    session.close()
    options.out.write_text(json.dumps(inferences))


if __name__ == "__main__":
    main()
