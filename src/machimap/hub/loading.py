"""What every learner's server and kernel would load: done once, before the first fork."""

from __future__ import annotations

from importlib import import_module

from machimap import places

_SERVER = (
    "jupyterhub.singleuser",
    "jupyterlab.labapp",
    "jupyterlab_jupytext",
    "jupyter_lsp.serverextension",
    "jupyter_lsp.specs",
    "jupyter_server.serverapp",
    "jupyter_server.kernelspecs.handlers",
    "jupyter_server.nbconvert.handlers",
    "jupyter_server.services.api.handlers",
    "jupyter_server.services.config.handlers",
    "jupyter_server.services.contents.handlers",
    "jupyter_server.services.events.handlers",
    "jupyter_server.services.kernels.handlers",
    "jupyter_server.services.kernelspecs.handlers",
    "jupyter_server.services.nbconvert.handlers",
    "jupyter_server.services.security.handlers",
    "jupyter_server.services.sessions.handlers",
    "jupyter_server.view.handlers",
    "jupyter_server_terminals.app",
    "machimap.hub.kernels",
    "notebook_shim.nbserver",
    "tornado.platform.asyncio",
)
_KERNEL = (
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "machimap.course.widgets",
    "pandas.io.formats.html",
    "psutil",
    "zmq.utils.garbage",
)


def load() -> None:
    """Import the modules and draw one map, so that the libraries behind it and their tables are in memory."""
    for module in (*_SERVER, *_KERNEL):
        import_module(module)
    maps = import_module("machimap.maps")
    maps.hazard_map(places.find("八王子市"))._repr_html_()
