"""Kernels forked from the class's server, in the usual way where there is none (name: machimap-forked)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from machimap.hub.forking import ForkServerAway, Request, fork

# The kernel ends with its server by the fork server's own watch, so ipykernel's is switched off.
_NO_POLLER = "--IPKernelApp.parent_handle=1"


class ForkedProvisioner(LocalProvisioner):
    """A local provisioner whose `python -m …` kernels are forked."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel; starts it in the usual way where no fork server answers or it is no Python module."""
        try:
            module, *arguments = cmd[cmd.index("-m") + 1 :]
            folder = str(kwargs.get("cwd") or Path.cwd())
            request = Request(module, (*arguments, _NO_POLLER), dict(kwargs["env"]), folder, os.getpid())
            with Path(os.devnull).open() as nothing:
                self.process = await asyncio.to_thread(fork, request, (nothing.fileno(), 1, 2))
        except (ForkServerAway, ValueError) as reason:
            self.log.info("Starting the kernel in the usual way: %s", reason)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = folder
        return self.connection_info
