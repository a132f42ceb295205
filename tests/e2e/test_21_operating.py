"""The samples in deploy/: units that systemd takes, proxies that are started, and what they let by.

`.ci/run` runs the container file's own commands.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import urllib3
from support.ledger.world import ROOT, World, free_port, is_ci
from support.watch.notify import certificate
from support.web.client import page_of
from support.web.served import listens, serving_ledger, until

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("suyuan-*.*"))


def needed(program: str) -> str:
    """The path of a program, without which a test is skipped; CI installs it, and fails."""
    path = shutil.which(program, path="/usr/sbin:/usr/bin:/bin")
    if path is None:
        assert not is_ci(), program
        pytest.skip(f"{program} is not installed")
    return path


def test_systemd_takes_the_units_and_finds_them_closed(tmp_path: Path) -> None:
    analyze = needed("systemd-analyze")
    folder = shutil.copytree(DEPLOY / "systemd", tmp_path / "systemd")
    units = [folder / path.name for path in UNITS if path.is_file()]
    for path in units:
        path.write_text(path.read_text().replace("/opt/suyuan/bin/suyuan", "/bin/true"))
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    services = [path for path in units if path.suffix == ".service"]
    assert len(services) == 4
    for path in services:
        exposed = [analyze, "security", "--offline=true", "--threshold=15", path]
        assert subprocess.run(exposed, capture_output=True).returncode == 0, path.name


def test_the_units_run_commands_and_settings_that_there_are(suyuan, monkeypatch) -> None:
    text = "".join(path.read_text() for path in DEPLOY.rglob("*") if path.is_file())
    for name in set(re.findall(r"/opt/suyuan/bin/suyuan ((?:witness )?[a-z]+)", text)):
        suyuan.good(*name.split(), "--help")
    known = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for name in set(re.findall(r"\bSUYUAN_[A-Z_]+", text)):
        assert f"`{name.removesuffix('_FILE')}`" in known, name


def replaced(sample: str, **changes: str) -> str:
    """The text of a sample with other paths and ports."""
    text = re.sub(r".*listen \[::\].*\n", "", (DEPLOY / sample).read_text())
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def nginx(folder: Path, port: int, plain: int, server: str) -> list[str]:
    """The command that runs the sample for nginx, with its paths in a folder."""
    changes = {
        "127.0.0.1:8000": server,
        "listen 443": f"listen {port}",
        "listen 80": f"listen {plain}",
        "/etc/ssl/suyuan/fullchain.pem": f"{folder}/server.crt",
        "/etc/ssl/suyuan/privkey.pem": f"{folder}/server.secret",
        "/var/cache/nginx": str(folder),
        "/var/log/nginx": str(folder),
    }
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{name}_temp_path {folder}/{name};" for name in names)
    (folder / "nginx.conf").write_text(
        f"daemon off; user root; pid {folder}/pid; error_log stderr error; events {{}}\n"
        f"http {{ {paths} {replaced('nginx.conf', **changes)} }}\n"
    )
    return [needed("nginx"), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, plain: int, server: str) -> list[str]:
    """The same of Caddy, which would ask for a certificate."""
    ports = f"{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {port}\n\tservers"
    keys = f"tls {folder}/server.crt {folder}/server.secret"
    site = {"trace.example.org {": f"127.0.0.1:{port} {{\n\t{keys}"}
    changes = {"127.0.0.1:8000": server, "{\n\tservers": ports, **site}
    (folder / "Caddyfile").write_text(replaced("Caddyfile", **changes))
    return [needed("caddy"), "run", "--config", str(folder / "Caddyfile")]


class Proxied:
    """A sample that runs before a server until it is ended, and is asked."""

    def __init__(self, folder: Path, sample, server: int) -> None:
        _, self._trusted = certificate(folder)
        port, self.plain = free_port(), free_port()
        self._url = f"https://127.0.0.1:{port}"
        command = sample(folder, port, self.plain, f"127.0.0.1:{server}")
        env = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
        with (folder / "output").open("wb") as output:
            self._running = subprocess.Popen(command, stdout=output, stderr=output, env=env)
        until(lambda: listens(port) or self._running.poll() is not None, 60)
        assert self._running.poll() is None, (folder / "output").read_text()

    def ask(self, method: str, path: str, body: bytes | None = None, *, of="127.0.0.1", **headers):
        """The answer to a request."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with urllib3.PoolManager(ca_certs=str(self._trusted), source_address=(of, 0)) as pool:
            return pool.request(method, self._url + path, body=body, headers=sent, retries=False)

    def end(self) -> None:
        """End it."""
        self._running.terminate()
        self._running.wait(60)


JSON = {"Content_Type": "application/json"}


@pytest.mark.parametrize("sample", [nginx, caddy])
def test_a_real_proxy_with_the_sample_before_the_real_server(small: World, tmp_path, sample):
    lot, _, stall = small.sold()
    page = page_of(lot, stall.uri)
    small.ledger.close()
    settings = {"SUYUAN_PROXIES": "1", "SUYUAN_LOG_LEVEL": "debug"}
    with serving_ledger(small, **settings) as (server, output):
        proxy = Proxied(tmp_path, sample, server)
        try:
            walk(proxy, page, is_nginx=sample is nginx)
        finally:
            proxy.end()
    rules = re.findall(r"rule=(\S+) status=(\d+)", output[0])
    assert rules.count(("kept", "200")) == 1  # no page is kept by the proxy
    assert rules.count(("/static/<path:filename>", "200")) == (1 if sample is nginx else 3)
    assert not [rule for rule, _ in rules if rule in ("/metrics", "/readyz")]
    if sample is nginx:
        logged = (tmp_path / "suyuan.log").read_text()
        assert "GET 200" in logged and "127.0.0" not in logged and page not in logged


def walk(proxy: Proxied, page: str, *, is_nginx: bool) -> None:
    """A page twice, a style three times, and what is not let by."""
    seen = [proxy.ask("GET", page) for _ in range(2)][1]
    assert seen.status == 200 and seen.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert seen.headers["Content-Security-Policy"].startswith("default-src 'none'")
    style = re.search(rb'href="(/static/style\.css\?v=[0-9a-f]+)"', seen.data)
    assert style is not None
    for _ in range(3):
        kept = proxy.ask("GET", style[1].decode())
        assert (kept.status, kept.headers["Cache-Control"]) == (200, "public, max-age=31536000")
    plain = f"http://127.0.0.1:{proxy.plain}{page}"
    assert urllib3.request("GET", plain, redirect=False).status in (301, 308)
    # What is too long is said by the server, in words; what is far too long by the proxy.
    long = proxy.ask("POST", "/api/v1/links", b"x" * (8_500 << 10), **JSON)
    assert long.status == 413 and b"urn:suyuan:rule:size" in long.data
    if is_nginx:
        assert proxy.ask("POST", "/api/v1/links", Content_Length=str(10 << 20)).status == 413
    # Who claims to be somebody else at each request is counted as who it is.
    claims = []
    for n in range(35):
        spoofed = {"X_Forwarded_For": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}"}
        claims.append(proxy.ask("POST", "/api/v1/scan", b"{}", **JSON, **spoofed).status)
    assert claims[0] != 429 and claims[-1] == 429
    other = proxy.ask("POST", "/api/v1/scan", b"{}", of="127.0.0.2", **JSON)
    assert other.status == claims[0]
    for path in ("/metrics", "/readyz"):
        assert proxy.ask("GET", path, of="127.0.0.2").status == 403
