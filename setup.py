"""Build the compiled reader where there is a compiler; go without it where there is none."""

import os

from setuptools import Extension, setup

FLAGS = ["-O3", "-g0"] if os.name == "posix" else ["/O2"]

setup(
    ext_modules=[
        Extension(
            f"misinfo.{name}",
            [f"misinfo/{name}.pyx"],
            extra_compile_args=FLAGS + os.environ.get("MISINFO_CFLAGS", "").split(),
            extra_link_args=os.environ.get("MISINFO_CFLAGS", "").split(),
            optional=True,
        )
        for name in ("_engine", "_spans", "_disguises")
    ]
)
