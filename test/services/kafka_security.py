"""Users and certificates for the brokers of a test -> the settings that a broker needs to know them.

Keys are made anew for each cluster.
"""

from .certificates import make_authority, make_certificate

# PLAIN is told by the broker's settings, SCRAM by its metadata.
SASL_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


def sasl_settings(listeners, users):
    if not listeners:
        return {}
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
    known = " ".join(f'user_{name}="{password}"' for name, password in users.items())
    settings = {}
    for listener in listeners:
        prefix = f"listener.name.{listener.lower()}"
        settings[f"{prefix}.sasl.enabled.mechanisms"] = ",".join(SASL_MECHANISMS)
        settings[f"{prefix}.plain.sasl.jaas.config"] = f"{plain} required {known};"
        for mechanism in SASL_MECHANISMS[1:]:
            settings[f"{prefix}.{mechanism.lower()}.sasl.jaas.config"] = f"{scram} required;"
    return settings


def tls_settings(directory, client_certificates):
    return {"ssl.keystore.type": "PEM", "ssl.keystore.location": directory / "server.both", "ssl.truststore.type": "PEM",
            "ssl.truststore.location": directory / "ca.pem", "ssl.client.auth": "required" if client_certificates else "none"}


def make_certificates(directory):
    """ca.pem; server.pem for 127.0.0.1 and localhost, client.pem, stranger.pem (of another authority), each with its .key."""
    directory.mkdir()
    make_authority(directory, "ca")
    make_authority(directory, "other-ca")
    make_certificate(directory, "server", "ca", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    make_certificate(directory, "client", "ca", "extendedKeyUsage=clientAuth")
    make_certificate(directory, "stranger", "other-ca", "extendedKeyUsage=clientAuth")
    (directory / "server.both").write_text((directory / "server.key").read_text() + (directory / "server.pem").read_text())
