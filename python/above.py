# SPDX-License-Identifier: Apache-2.0
"""scikit-build-core's backend in the folder above, where CMakeLists.txt and pyproject.toml are."""

import os
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

from scikit_build_core.build import *  # noqa: E402, F401, F403
from scikit_build_core.build import __all__  # noqa: E402, F401

sys.dont_write_bytecode = True
