# alerts: levels and states in, the ward's dashboard out.
# From the repository's root: docker build -f deploy/images/alerts.Dockerfile -t veilward/alerts:0.1.0 .
FROM python:3.11.13-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make pkg-config libsodium-dev \
 && rm -rf /var/lib/apt/lists/*
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY pyproject.toml CMakeLists.txt README.md LICENSE ./
COPY services services
COPY snni snni
COPY faces faces
COPY video video
COPY training training
COPY demo demo
COPY localsite localsite
RUN pip wheel --no-deps --wheel-dir /wheels . \
 && python -m venv /opt/veilward \
 && /opt/veilward/bin/pip install "$(ls /wheels/veilward-*.whl)[alerts]"
# What this process does not import stays out of its image.
RUN cd /opt/veilward/lib/python3.11/site-packages \
 && rm -r demo localsite video faces snni training \
          services/ingest services/keyframe services/snni_client services/snni_server

FROM python:3.11.13-slim-bookworm
COPY --from=build /opt/veilward /opt/veilward
ENV PATH=/opt/veilward/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /
EXPOSE 8443 8081
ENTRYPOINT ["veilward-alerts"]
