# One image for web, worker, beat and migrations; docker-compose.yml says which does what.

# --- Style sheets and scripts ---------------------------------------------------------------
FROM node:24-bookworm-slim AS pages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY static/src static/src
RUN npm run build

# --- Python packages, each checked against its hash -----------------------------------------
FROM python:3.11-slim-bookworm AS packages
COPY requirements/base.txt /build/
RUN python -m venv --without-pip /opt/portal \
    && pip --python /opt/portal/bin/python install --no-cache-dir --require-hashes \
        --only-binary :all: --requirement /build/base.txt

# --- The portal -----------------------------------------------------------------------------
FROM python:3.11-slim-bookworm AS portal
ENV PATH=/opt/portal/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORTAL_MODE=production \
    PORTAL_VAR=/tmp/portal \
    STATIC_ROOT=/app/staticfiles
RUN groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid portal --no-create-home --shell /usr/sbin/nologin portal
WORKDIR /app
COPY --from=packages /opt/portal /opt/portal
COPY . .
COPY --from=pages /build/static/dist static/dist
# Readable also when the checkout was for its owner's eyes only. Collecting needs no secret, so
# it runs with the demonstration's settings.
RUN chmod -R a+rX . \
    && python -m compileall -q . \
    && PORTAL_MODE=demo python manage.py collectstatic --no-input

# A number, so that an orchestrator can see that it is not root. It owns nothing below /app.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as To; web = To('127.0.0.1', 8000, timeout=4); web.request('GET', '/healthz'); exit(web.getresponse().status != 200)"]
CMD ["gunicorn", "--config", "python:send_portal.serving", "send_portal.wsgi"]
