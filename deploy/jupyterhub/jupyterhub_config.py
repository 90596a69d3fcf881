"""JupyterHub for a class on one machine: `jupyterhub -f jupyterhub_config.py` (README.md beside this file).

Set by environment variables: MACHIMAP_HUB_PASSWORD (the word of the class, 8 letters or more; required),
MACHIMAP_HUB_DIR (where everything is kept, /srv/machimap), MACHIMAP_HUB_URL (where to listen, http://127.0.0.1:8000).
"""

import asyncio
import os
import sys
from pathlib import Path

from machimap.course.lab import lab_settings, lessons_folder
from machimap.hub.forking import SOCKET_VARIABLE

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from spawner import ForkedSpawner

ROOT = Path(os.environ.get("MACHIMAP_HUB_DIR", "/srv/machimap"))
PASSWORD = os.environ.get("MACHIMAP_HUB_PASSWORD", "")
IDLE_SECONDS = 2 * 60 * 60
# The path of a socket may have 107 characters: run/, a seat of 12, kernel-<uuid>-ipc-5 and the slashes take 67.
LONGEST_ROOT = 40
SOCKET = ROOT / "run" / "fork.sock"
CLASS = ROOT / "class"

if len(PASSWORD) < 8:
    sys.exit("クラスの合言葉がないか短いので、MACHIMAP_HUB_PASSWORD に8文字以上で書いてください。")
if len(str(ROOT)) > LONGEST_ROOT:
    sys.exit(f"フォルダの名前が長すぎるので、MACHIMAP_HUB_DIR を{LONGEST_ROOT}文字までのフォルダにしてください。")
for folder in (ROOT / "homes", SOCKET.parent, CLASS):
    folder.mkdir(parents=True, exist_ok=True)


async def give_out(spawner):
    """Put the lessons into the learner's folder; what the learner has changed there stays."""
    await asyncio.to_thread(lessons_folder, Path(spawner.home_dir))


def runtime_folder(spawner):
    """Return where the learner's kernels have their sockets."""
    return str(ROOT / "run" / spawner.user.name)


c = get_config()  # noqa: F821

c.JupyterHub.bind_url = os.environ.get("MACHIMAP_HUB_URL", "http://127.0.0.1:8000")
c.JupyterHub.db_url = f"sqlite:///{ROOT / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(ROOT / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(ROOT / "run" / "proxy.pid")
c.ConfigurableHTTPProxy.command = [str(HERE / "node_modules" / ".bin" / "configurable-http-proxy")]

# A seat is a name like a-3; all seats share the word of the class.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = PASSWORD
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = "^[0-9a-z][0-9a-z-]{0,11}$"

c.JupyterHub.spawner_class = ForkedSpawner
c.SimpleLocalProcessSpawner.home_dir_template = str(ROOT / "homes" / "{username}")
c.Spawner.pre_spawn_hook = give_out
c.Spawner.notebook_dir = "machimap-lessons"
c.Spawner.default_url = "/lab/tree/notebooks/00_hajimeni.ipynb"
c.Spawner.args = [
    lab_settings(ROOT / "lab-settings"),
    "--ServerApp.terminals_enabled=False",
    "--MappingKernelManager.cull_idle_timeout=3600",
    # Ports that two servers pick in the same moment would collide; socket files cannot, and no neighbour can listen.
    "--KernelManager.transport=ipc",
    "--Application.log_level=WARN",
    *(["--allow-root"] if os.geteuid() == 0 else []),
]
c.Spawner.environment = {
    SOCKET_VARIABLE: str(SOCKET),
    "JUPYTER_RUNTIME_DIR": runtime_folder,
    "JUPYTER_DEFAULT_PROVISIONER_NAME": "machimap-forked",
    "MACHIMAP_CLASS": str(CLASS),
    "OPENBLAS_NUM_THREADS": "1",
}
c.Spawner.mem_limit = "2G"

c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 120

# A restart of the hub leaves the learners' servers and the proxy as they are.
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False

c.JupyterHub.load_roles = [
    {
        "name": "cull-idle",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["cull-idle"],
    }
]
c.JupyterHub.services = [
    {"name": "fork", "command": [sys.executable, "-m", "machimap.hub", str(SOCKET)]},
    {"name": "cull-idle", "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE_SECONDS}"]},
]
# Also how soon the fork server is started again.
c.LocalProcessSpawner.poll_interval = 5
os.environ[SOCKET_VARIABLE] = str(SOCKET)
