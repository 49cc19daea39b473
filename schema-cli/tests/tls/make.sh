#!/bin/sh
# Makes the certificates of this folder: one authority that signed the server's, and one that signed nothing. They hold for a hundred years.
set -eu
cd "$(dirname "$0")"
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 36500 -subj "/CN=$1" \
        -keyout "$2.key" -out "$2.pem" -addext basicConstraints=critical,CA:TRUE
}
authority "tests" authority
authority "strangers" stranger
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 36500 -subj /CN=localhost -CA authority.pem -CAkey authority.key \
    -keyout server.key -out server.pem -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost,IP:127.0.0.1
rm authority.key stranger.key
