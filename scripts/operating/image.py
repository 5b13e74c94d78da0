"""The image, without what pulls the images that it begins with: its steps are run one by one, and its root is entered as a container's
would be: read-only but for /data, alone, as its user, with no right that another user has not."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request

from check import TIMEOUT, CannotRun, run, tool

STEP = re.compile(r"^([A-Z]+) (.*(?:\\\n.*)*)$", re.MULTILINE)


def steps(root):
    """The Dockerfile's stages by name, the last one as `""`: each a list of (instruction, rest)."""
    stages, stage = {}, []
    for instruction, rest in STEP.findall((root / "Dockerfile").read_text()):
        if instruction == "FROM":
            stage = stages.setdefault(rest.partition(" AS ")[2], [])
        stage.append((instruction, rest))
    return stages


def brought(root, stage, folder):
    """Lays out what the stage's COPY lines bring from the source, as git and .dockerignore let it through."""
    for instruction, rest in stage:
        if instruction != "COPY" or rest.startswith("--from"):
            continue
        *sources, target = rest.split()
        for source in sources:
            known = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", source, cwd=root).splitlines()
            assert known, f"COPY {source}: there is none"
            for name in known:
                inside = name if (root / source).is_file() else os.path.relpath(name, source)
                to = folder / target / (os.path.basename(inside) if (root / source).is_file() else inside)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, to)


def checks(root, binary):
    stages = steps(root)
    page, program, image = stages["page"], stages["program"], stages[""]

    def versions(_):
        channel = re.search(r'channel = "(\d+\.\d+)', (root / "rust-toolchain.toml").read_text()).group(1)
        assert f"rust:{channel}-" in program[0][1], program[0]
        least = json.loads((root / "crates/deskbell-ui/web/package.json").read_text())["engines"]["node"]
        major = int(re.search(r"node:(\d+)-", page[0][1]).group(1))
        assert major >= int(re.search(r"\d+", least).group()), page[0]

    def built_page(folder):
        tool("npm")
        brought(root, page, folder / "source")
        for instruction, rest in page:
            if instruction == "RUN":
                run("sh", "-ec", rest.replace("/page", f"{folder}/page"), cwd=folder / "source")
        assert (folder / "page/index.html").is_file()

    def built_program(folder):
        """What is brought is enough for cargo to know all that the build needs, at the versions of the lock file."""
        brought(root, program, folder)
        build = next(rest for instruction, rest in program if "cargo build" in rest)
        package = re.search(r"-p (\S+)", build).group(1)
        profile = re.search(r"--profile (\S+)", build).group(1)
        assert f"[profile.{profile}]" in (folder / "Cargo.toml").read_text()
        run(tool("cargo"), "tree", "--locked", "--package", package, "--edges", "normal,build", cwd=folder)

    def entered(folder):
        if os.geteuid() != 0:
            raise CannotRun("only root may enter a root of its own as another user")
        run(root / "packaging/image/root.sh", binary, folder / "root")
        os.chmod(folder, 0o755)
        value = dict(image)
        uid, gid = value["USER"].split(":")
        # As Docker makes a volume of what the image has there.
        os.chown(folder / "root/data", int(uid), int(gid))
        data = folder / "data"
        shutil.copytree(folder / "root/data", data)
        os.chown(data, int(uid), int(gid))
        variables = dict(pair.split("=", 1) for pair in value["ENV"].split())
        assert variables["DESKBELL_DATA"] == value["VOLUME"] == "/data"
        assert variables["DESKBELL_LISTEN"].endswith(":" + value["EXPOSE"])
        variables |= {"DESKBELL_LISTEN": "127.0.0.1:0", "DESKBELL_METRICS__LISTEN": ""}
        inside = folder / "root"
        # Every engine gives a container its devices.
        (inside / "dev").mkdir()
        enter = (
            f"mount --bind {inside} {inside} && mount -o remount,bind,ro {inside} && mount --bind {data} {inside}/data"
            f" && mount --bind /dev {inside}/dev && exec env -i "
            + " ".join(f"{name}={text}" for name, text in variables.items())
            + f" {tool('setpriv')} --reuid={uid} --regid={gid} --clear-groups --no-new-privs"
            + " --bounding-set=-all,+sys_chroot --inh-caps=+sys_chroot --ambient-caps=+sys_chroot"
            + f" {tool('chroot')} {inside} "
        )
        unshare = [tool("unshare"), "--mount", "--pid", "--fork", "--kill-child", "--", "sh", "-ec"]

        def within(*command):
            return [*unshare, enter + " ".join(command)]

        program = json.loads(value["ENTRYPOINT"])
        log = folder / "log"
        with log.open("wb") as output:
            server = subprocess.Popen(within(*program, *json.loads(value["CMD"])), stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + TIMEOUT
            while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
                assert server.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)
            with urllib.request.urlopen(found.group() + "/readyz", timeout=TIMEOUT) as answer:
                assert answer.status == 200
            # Beside it, as `docker exec` would.
            keys = run(*within(*program, "keys", "list"))
            assert "first key" in keys, keys
            refused = subprocess.run(within("/bin/sh", "-c", "true"), capture_output=True, check=False, timeout=TIMEOUT)
            assert refused.returncode != 0, "there is no shell in it"
            # Process 1 of its own namespace: it is told to stop as by `docker stop`.
            first = run("pgrep", "--parent", str(server.pid)).split()
            assert len(first) == 1, first
            os.kill(int(first[0]), signal.SIGTERM)
            assert server.wait(timeout=TIMEOUT) == 0, log.read_text()
            files = sorted(path.name for path in data.iterdir())
            assert "deskbell.db" in files and "master.key" in files, files
        finally:
            server.kill()
            server.wait()

    def composed(folder):
        compose = tool("docker-compose")
        file = root / "packaging/compose/compose.yml"
        said = run(compose, "--file", file, "config", env=os.environ | {"BELL_HOST": "bell.example"})
        assert "https://bell.example" in said, said
        empty = {name: text for name, text in os.environ.items() if name != "BELL_HOST"}
        refused = subprocess.run([compose, "--file", file, "config"], capture_output=True, text=True, env=empty, check=False)
        assert refused.returncode != 0 and "BELL_HOST" in refused.stderr, refused.stderr

    def proxied(_):
        """Its proxy's configuration is read; what it does is tried with the document's."""
        environment = os.environ | {"BELL_HOST": "bell.example"}
        config = root / "packaging/compose/Caddyfile"
        said = run(tool("caddy"), "adapt", "--config", config, "--adapter", "caddyfile", env=environment)
        assert '"bell.example"' in said and '"deskbell:8480"' in said, said

    def settings(_):
        """What it sets are settings, as the program knows them."""
        text = (root / "packaging/compose/compose.yml").read_text()
        given = dict(re.findall(r"^ +(DESKBELL_\w+): \"?([^\"\n]+)", text, re.MULTILINE))
        given["DESKBELL_SERVER__PUBLIC_URL"] = "https://bell.example"
        printed = run(binary, "config", env=given)
        assert printed.count("environment DESKBELL_") == len(given) >= 3, printed

    yield "image: its compiler and Node are ours", versions
    yield "image: the page is built by its steps", built_page
    yield "image: cargo has all that the build needs", built_program
    yield "image: it runs as its user on a read-only root", entered
    yield "compose: docker-compose reads it", composed
    yield "compose: its proxy reads its configuration", proxied
    yield "compose: what it sets are settings", settings
