"""The browser of whoever looks at the demo, as a camera: a page on loopback, and WHIP on the page's behalf."""
