"""A network adapted to one home: photographs without labels, teachers' answers on them, an anchor to where it began."""
