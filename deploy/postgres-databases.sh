#!/usr/bin/env bash
# Run once by the postgres image, on an empty volume: a database for each service, with the role
# that owns its tables and the role the service runs as, which owns nothing.
set -euo pipefail
for service in intake triage casework notifications reviews; do
    owner_password=${service^^}_OWNER_PASSWORD
    password=${service^^}_PASSWORD
    psql --set ON_ERROR_STOP=1 --quiet --username "$POSTGRES_USER" <<SQL
CREATE ROLE ${service}_owner LOGIN PASSWORD '${!owner_password:?}';
CREATE ROLE $service LOGIN PASSWORD '${!password:?}';
CREATE DATABASE $service OWNER ${service}_owner;
REVOKE ALL ON DATABASE $service FROM PUBLIC;
GRANT CONNECT ON DATABASE $service TO $service;
\connect $service
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO $service;
SQL
done
