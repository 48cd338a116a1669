"""A home's overlay of deploy/k8s, made of its site.yaml by `./run overlay`.

overlay.py    the kinds, and which files each has
room.py, edge.py, ward.py    a zone's
keys.py       what an installer's own keys are called, and which secrets they become
monitoring.py    what Prometheus scrapes
home.py       the site's file, and which device serves which rooms
kustomization.py    how a kustomization is written
"""
