# Installed as etc/ipython/ipython_kernel_config.py of the environment, where every kernel looks: Lab, hub, Binder, papermill.
c = get_config()  # noqa: F821
c.InteractiveShellApp.extensions.append("machimap.course.startup")
