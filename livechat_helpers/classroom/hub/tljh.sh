#!/bin/bash
# The Littlest JupyterHub with the course, on a fresh Ubuntu server:
#
#     sudo bash tljh.sh ADMIN ADDRESS
#
# ADMIN: the name you'll sign in with. ADDRESS: what pip can install the kit from, such
# as git+https://github.com/you/your-copy or the path of a wheel.
set -euo pipefail
admin=${1:?Name the admin: sudo bash tljh.sh ADMIN ADDRESS}
address=${2:?Say what pip is to install: sudo bash tljh.sh ADMIN ADDRESS}

curl --fail --location https://tljh.jupyter.org/bootstrap.py |
  python3 - --admin "$admin"

# The kit needs Python 3.11 or newer, and npm fetches the browser's SDK.
/opt/tljh/user/bin/mamba install --yes 'python>=3.11' nodejs=20
/opt/tljh/user/bin/python -m pip install "livechat-helpers[course] @ $address" \
  'jsonschema<4.25' # a newer one makes each learner's server 14 MB larger

# A learner with a notebook takes 340 MB. The rest is for what they try out.
tljh-config set limits.memory 700M
tljh-config set services.cull.timeout 3600
tljh-config set user_environment.default_app jupyterlab
tljh-config reload

# Each new account finds the notebooks in ~/course.
/opt/tljh/user/bin/livechat init /etc/skel/course
