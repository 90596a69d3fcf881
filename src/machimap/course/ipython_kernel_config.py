# Installed as etc/ipython/ipython_kernel_config.py of the environment, where every kernel looks: Lab, hub, Binder, papermill.
c = get_config()  # noqa: F821
c.InteractiveShellApp.extensions.append("machimap.course.startup")
# Nothing of what was typed is kept on disk, and a full disk brings no English notice of a history that cannot be written.
c.HistoryManager.hist_file = ":memory:"
