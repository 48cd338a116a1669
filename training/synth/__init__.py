"""Drawn faces whose action units are known exactly: pictures and videos with a true pain level, of nobody."""
