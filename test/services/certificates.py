"""Authorities and certificates for the servers of a test: files NAME.pem and NAME.key in a directory.

Keys are made with openssl; they are P-256, which costs milliseconds.
"""

import subprocess

VALID_DAYS = "2"


def make_authority(directory, name):
    openssl(directory, "req", "-x509", *new_key(name), "-subj", f"/CN=test {name}", "-days", VALID_DAYS, "-out", f"{name}.pem")


def make_certificate(directory, name, authority, extension):
    openssl(directory, "req", "-x509", *new_key(name), "-subj", f"/CN={name}", "-days", VALID_DAYS, "-CA", f"{authority}.pem",
            "-CAkey", f"{authority}.key", "-addext", extension, "-addext", "basicConstraints=critical,CA:FALSE", "-out", f"{name}.pem")


def new_key(name):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", f"{name}.key"]


def openssl(directory, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")
