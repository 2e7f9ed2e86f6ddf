#!/bin/sh
# Makes the certificates of these tests: an authority, and a server that it vouches for.
# Whoever has these keys can fool this repository's tests and nobody else.
set -eu
cd "$(dirname "$0")"
new="openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500"
$new -keyout ca.key -out ca.pem -subj "/CN=yallmp tests" \
    -addext "keyUsage=critical,keyCertSign"
$new -keyout server.key -out server.pem -subj "/CN=backend.test" -CA ca.pem -CAkey ca.key \
    -addext "subjectAltName=DNS:backend.test,IP:127.0.0.1" -addext "basicConstraints=critical,CA:FALSE" \
    -addext "extendedKeyUsage=serverAuth"
rm ca.key
