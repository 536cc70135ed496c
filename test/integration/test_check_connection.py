"""`check` when there is no connection, or one that is not what it should be: each cause on a real server, and its remedy."""

import os
import re

import pytest

from conftest import REPLICATOR
from services.care import as_told, carry_out, look
from services.certificates import make_authority, make_certificate
from services.postgres import PostgresCluster, make_directory, poll_until

pytestmark = pytest.mark.every_server
PASSWORD = "a-right-password"


def source_of(cluster, **settings):
    return {"host": str(cluster.sockets), "port": cluster.port, "database": "postgres", "slot": "connects", **settings}


# --- reaching it --------------------------------------------------------------------------------------------------------

def test_a_server_that_is_not_there_is_one_finding(cluster_factory, collector):
    cluster = cluster_factory()
    cluster.stop()
    findings = look(collector, source=source_of(cluster))
    assert findings.report["platform"] is None
    advice = findings.one("connection", "must_be_mended")["remedy"]["advice"]
    assert advice == "Check source.host and source.port, and that the server is running."
    assert {finding["check"] for finding in findings.report["findings"]} == {"connection", "state_directory", "sink"}
    cluster.start()
    assert look(collector, source=source_of(cluster)).is_ok("connection")


def test_no_connection_is_left(cluster_factory, collector):
    cluster = cluster_factory({"max_connections": 5, "superuser_reserved_connections": 2, "max_wal_senders": 3})
    taken = [cluster.connect(user=REPLICATOR) for _ in range(3)]
    finding = look(collector, source=source_of(cluster)).one("connection", "must_be_mended")
    assert "connection" in finding["found"] and finding["remedy"]["advice"].startswith("Raise max_connections")
    for connection in taken:
        connection.close()
    poll_until(lambda: look(collector, source=source_of(cluster)).is_ok("connection"), "the connections to be free")


def test_no_walsender_is_left(cluster_factory, collector):
    cluster = cluster_factory({"max_wal_senders": 1})
    with cluster.connect(replication="database"):
        poll_until(lambda: cluster.query("SELECT count(*) FROM pg_stat_replication") == [(1,)], "the walsender")
        findings = look(collector, source=source_of(cluster))
        full = findings.one("max_wal_senders", "must_be_mended")
        assert full["found"] == "1 of 1 walsenders are in use"
        refused = findings.one("replication_connection", "must_be_mended")
        assert "no walsender is free" in refused["found"] and refused["remedy"]["needs_restart"]
        with cluster.connect() as connection:
            carry_out(connection, refused)
        assert refused["remedy"]["sql"] == full["remedy"]["sql"] == ["ALTER SYSTEM SET max_wal_senders = '11';"]
    cluster.restart()
    with cluster.connect(replication="database"):
        findings = look(collector, source=source_of(cluster))
        assert findings.is_ok("max_wal_senders") and findings.is_ok("replication_connection")


# --- being let in -------------------------------------------------------------------------------------------------------

def test_no_line_in_pg_hba(cluster_factory, collector):
    cluster = cluster_factory(hba=["host all all 127.0.0.1/32 reject"])
    hba = cluster.data / "pg_hba.conf"
    hba.write_text("local all postgres trust\nlocal all all trust\n")
    cluster.reload()
    cluster.execute("SET password_encryption = 'scram-sha-256'; ALTER ROLE replicator PASSWORD 'right'")
    source = {"host": "127.0.0.1", "port": cluster.port, "database": "postgres", "slot": "hba", "password": "right"}
    finding = look(collector, source=source).one("connection", "must_be_mended")
    assert "pg_hba.conf" in finding["found"]
    line = re.search(r': (host "postgres" .*)$', finding["remedy"]["advice"]).group(1)
    hba.write_text(f"{line}\n{hba.read_text()}")
    with cluster.connect() as connection:
        carry_out(connection, finding)
    poll_until(lambda: look(collector, source=source).is_ok("connection"), "the line to count")
    wrong = look(collector, source={**source, "password": "wrong"}).one("connection", "must_be_mended")
    assert "password authentication failed" in wrong["found"] and "wrong" not in wrong["remedy"]["advice"]


def test_a_wrong_password_and_none(cluster_factory, collector, tmp_path):
    cluster = cluster_factory(hba=["host all all 127.0.0.1/32 scram-sha-256"])
    with cluster.connect() as connection:
        connection.execute(f"SET password_encryption = 'scram-sha-256'; ALTER ROLE replicator PASSWORD '{PASSWORD}'")
    source = source_of(cluster, host="127.0.0.1")
    for given in ({"password": "a-secret-guess"}, {}):
        finding = look(collector, source={**source, **given}).one("connection", "must_be_mended")
        assert "password" in finding["found"] and "a-secret-guess" not in str(finding)
        assert finding["remedy"]["advice"].startswith("Set source.password_file")
    (tmp_path / "password").write_text(PASSWORD + "\n")
    assert look(collector, source={**source, "password_file": str(tmp_path / "password")}).is_ok("connection")


def test_a_role_that_may_not_log_in(database, collector):
    """May not at all, has no connection left, may not enter the database: the SQL of each mends it."""
    cluster = database.cluster
    cluster.create_role("shut out", "NOLOGIN REPLICATION CONNECTION LIMIT 0")
    try:
        database.execute(f'REVOKE CONNECT ON DATABASE "{database.name}" FROM PUBLIC')
        for words, statement in (("not permitted to log in", 'ALTER ROLE "shut out" LOGIN;'),
                                 ("too many connections", 'ALTER ROLE "shut out" CONNECTION LIMIT 8;'),
                                 ("permission denied for database", f'GRANT CONNECT ON DATABASE "{database.name}" TO "shut out";')):
            finding = look(collector, source={"user": "shut out"}).one("connection", "must_be_mended")
            assert words in finding["found"] and finding["remedy"]["sql"] == [statement]
            with database.connect() as connection:
                carry_out(connection, finding)
        assert look(collector, source={"user": "shut out"}).code == 0
    finally:
        database.execute('DROP OWNED BY "shut out"; DROP ROLE "shut out"')


def test_a_database_that_is_not_there(database, collector):
    finding = look(collector, source={"database": "no_such"}).one("connection", "must_be_mended")
    assert 'database "no_such" does not exist' in finding["found"]
    assert finding["remedy"]["advice"] == "Set source.database to a database of this server; psql --list shows them."
    assert look(collector).is_ok("connection")


# --- TLS ----------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """The server's is made for localhost, and not for an address."""
    directory = tmp_path_factory.mktemp("certificates")
    for authority in ("ca", "stranger"):
        make_authority(directory, authority)
    make_certificate(directory, "server", "ca", "subjectAltName=DNS:localhost")
    make_certificate(directory, "client", "ca", "extendedKeyUsage=clientAuth")
    (directory / "nothing.pem").write_text("no certificate\n")
    return directory


@pytest.fixture(scope="module")
def tls_cluster(private_install, certificates):
    """Over TCP it lets `certified` in with a certificate only, and `secret` over TLS only."""
    cluster = PostgresCluster(make_directory("glassflow-tls-"), private_install, {
        "ssl": "on", "ssl_cert_file": "server.pem", "ssl_key_file": "server.key", "ssl_ca_file": "ca.pem"},
        hba=["hostssl all certified all trust clientcert=verify-ca", "host all certified all reject", "hostssl all secret all trust", "hostnossl all secret all reject"])
    cluster.create()
    for name in ("server.pem", "server.key", "ca.pem"):
        target = cluster.data / name
        target.write_bytes((certificates / name).read_bytes())
        target.chmod(0o600)
        os.chown(target, cluster.data.stat().st_uid, cluster.data.stat().st_gid)
    cluster.start()
    for role in (REPLICATOR, "certified", "secret"):
        cluster.create_role(role)
    yield cluster
    cluster.remove()


def over_tls(cluster, **settings):
    """0.0.0.0 leads to this machine, but nothing says so: as good as a host elsewhere."""
    return {"source": source_of(cluster, **{"host": "0.0.0.0", **settings})}


def test_a_server_without_tls(database, collector):
    port = database.cluster.port
    assert look(collector).is_ok("tls")
    assert look(collector, source={"host": "127.0.0.1"}).is_ok("tls")
    plain = look(collector, source={"host": "0.0.0.0"}).one("tls", "warning")
    assert "not encrypted" in plain["found"] and plain["remedy"]["settings"] == ["source.sslmode: verify-full"]
    refused = look(collector, source={"host": "0.0.0.0", "port": port, "sslmode": "require"}).one("connection", "must_be_mended")
    assert "SSL" in refused["found"] and "ssl" in refused["remedy"]["advice"]


def test_a_certificate_that_nobody_checks(tls_cluster, certificates, collector):
    """From a connection that checks nothing to one that checks everything, by the remedies alone but for the authority's file."""
    sections = over_tls(tls_cluster)
    for mode, words in (("require", "but the server's certificate is not checked"), ("verify-ca", "but not that it is this host")):
        sections["source"]["sslmode"] = mode
        if mode == "verify-ca":
            sections["source"]["sslrootcert"] = str(certificates / "ca.pem")
        finding = look(collector, **sections).one("tls", "warning")
        assert "encrypted with TLS" in finding["found"] and finding["found"].endswith(words)
        assert finding["remedy"]["settings"] == ["source.sslmode: verify-full"]
    sections = as_told(sections, finding)
    finding = look(collector, **sections).one("connection", "must_be_mended")
    assert 'does not match host name "0.0.0.0"' in finding["found"] and finding["remedy"]["settings"] == ["source.host: localhost"]
    findings = look(collector, **as_told(sections, finding))
    assert findings.is_ok("connection") and findings.is_ok("tls") and findings.all("tls")[0]["found"].endswith("certificate checked")


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_the_wrong_authority(tls_cluster, certificates, collector, mode):
    sections = over_tls(tls_cluster, host="localhost", sslmode=mode)
    right = str(certificates / "ca.pem")
    for name, words, advice in (("stranger.pem", "certificate verify failed", "source.sslrootcert must have the certificate of the authority that signed the server's"),
                                ("absent.pem", "absent.pem", "Set source.sslrootcert to the file with the certificate of the authority"),
                                ("nothing.pem", "nothing.pem", "Set source.sslrootcert to the file with the certificate of the authority"),
                                (None, "root certificate", "Set source.sslrootcert to the file with the certificate of the authority")):
        given = {**sections["source"], **({"sslrootcert": str(certificates / name)} if name else {})}
        finding = look(collector, source=given).one("connection", "must_be_mended")
        assert words in finding["found"] and finding["remedy"]["advice"].startswith(advice), finding
    assert look(collector, source={**sections["source"], "sslrootcert": right}).is_ok("tls")


def test_a_name_in_a_certificate_is_no_setting_unless_it_is_one(certificates, private_install, collector, cluster_factory):
    """A certificate can have any name in it, and several hosts have several names."""
    make_certificate(certificates, "wild", "ca", "subjectAltName=DNS:*.example.org")
    cluster = cluster_factory()
    for name in ("wild.pem", "wild.key"):
        target = cluster.data / name
        target.write_bytes((certificates / name).read_bytes())
        target.chmod(0o600)
        os.chown(target, cluster.data.stat().st_uid, cluster.data.stat().st_gid)
    cluster.configure({"ssl": "on", "ssl_cert_file": "wild.pem", "ssl_key_file": "wild.key"})
    cluster.restart()
    checked = {"sslmode": "verify-full", "sslrootcert": str(certificates / "ca.pem")}
    finding = look(collector, **over_tls(cluster, **checked)).one("connection", "must_be_mended")
    assert "*.example.org" in finding["found"] and finding["remedy"]["settings"] == []
    assert "source.host must be a name" in finding["remedy"]["advice"]


def test_a_server_that_takes_encrypted_connections_only(tls_cluster, collector):
    sections = over_tls(tls_cluster, host="127.0.0.1", user="secret", sslmode="disable")
    finding = look(collector, **sections).one("connection", "must_be_mended")
    assert "pg_hba.conf" in finding["found"]
    assert look(collector, **as_told(sections, finding)).is_ok("connection")


def test_a_server_that_wants_a_certificate(tls_cluster, certificates, collector, tmp_path):
    sections = over_tls(tls_cluster, host="127.0.0.1", user="certified", sslmode="require")
    finding = look(collector, **sections).one("connection", "must_be_mended")
    assert "client certificate" in finding["found"]
    place = re.search(r"~/(\.postgresql)/(postgresql\.crt) and (postgresql\.key)", finding["remedy"]["advice"])
    home = tmp_path / "home" / place.group(1)
    home.mkdir(parents=True)
    for name, target in (("client.pem", place.group(2)), ("client.key", place.group(3))):
        (home / target).write_bytes((certificates / name).read_bytes())
        (home / target).chmod(0o600)
    assert look(collector, directory=tmp_path / "home", **sections).is_ok("connection")
