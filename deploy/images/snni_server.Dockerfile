# snni_server: the network at the edge; the only image with weights.
# From the repository's root: docker build -f deploy/images/snni_server.Dockerfile -t veilward/snni-server:0.1.0 .
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
 && /opt/veilward/bin/pip install "$(ls /wheels/veilward-*.whl)[server]"
# What this process does not import stays out of its image, other services' code included.
RUN cd /opt/veilward/lib/python3.11/site-packages \
 && rm -r demo localsite video faces training services/alerts \
          services/bus services/ingest services/keyframe services/site services/snni_client

FROM python:3.11.13-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libsodium23 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/veilward /opt/veilward
COPY --chown=65532:65532 models/squeezenet-synthetic/plan.json models/squeezenet-synthetic/card.md \
     models/squeezenet-synthetic/weights.safetensors /opt/veilward/models/squeezenet-synthetic/
ENV PATH=/opt/veilward/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /
EXPOSE 7443 8081
ENTRYPOINT ["veilward-snni-server"]
