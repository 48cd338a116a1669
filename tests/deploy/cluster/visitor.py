"""A person before the ward's page, in whatever network this process is run in.

    python -m tests.deploy.cluster.visitor https://dashboard LINK CAMERA

Signs in by the one-time link, records the camera's consent, and then looks at the ward's page again and again, each
time printing a line of JSON: what level it shows and of when, and what its banner says.
"""

from __future__ import annotations

import html
import json
import re
import sys
import time

from localsite.consenting import Browser, record_consent
from localsite.site_file import WARD

LOOK_S = 1.0
LEVEL = re.compile(r"Level (\d) of 3, <time data-since=\"([^\"]+)\"")
BANNER = re.compile(r"Monitoring is degraded\.</b>(.*?)</p>", re.DOTALL)
PICTURE = re.compile(r"<ul class=\"chain\">(.*?)</ul>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")


def report(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, "at": time.time(), **fields}), flush=True)


def arrive(url: str, link: str, camera: str) -> Browser:
    """Signed in, the camera's consent recorded; until nobody leads yet, again."""
    browser, signed_in = Browser(url), False
    while True:
        try:
            if not signed_in:
                browser.send(browser.page(link), link)
                signed_in = True
            record_consent(browser, browser.page(f"/ward/{WARD}/consents"), camera)
            return browser
        except OSError as error:
            report("not_yet", reason=str(error))
            time.sleep(LOOK_S)


def look(browser: Browser) -> None:
    """Tell what the page shows, or that there is no page."""
    try:
        page = browser.page(f"/ward/{WARD}")
    except OSError as error:
        report("no_page", reason=str(error))
        return
    level, banner, chain = LEVEL.search(page), BANNER.search(page), PICTURE.search(page)
    report(
        "page",
        level=int(level[1]) if level else None,
        level_at=level[2] if level else None,
        banner=html.unescape(TAG.sub("", banner[1]).strip()) if banner else "",
        chain=" ".join(html.unescape(TAG.sub(" ", chain[1])).split()) if chain else "",
    )


def main(url: str, link: str, camera: str) -> None:
    browser = arrive(url, link, camera)
    report("arrived")
    while True:
        look(browser)
        time.sleep(LOOK_S)


if __name__ == "__main__":
    main(*sys.argv[1:])
