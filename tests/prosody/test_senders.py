"""crm_limits.sender_of: whom a limit counts as one."""

import subprocess

import pytest

from private_stack import PROSODY_SOURCE

PRELUDE = """
package.path = "/usr/lib/prosody/?.lua;" .. package.path
package.cpath = "/usr/lib/prosody/?.so;" .. package.cpath
module = {}
print(dofile("%s/crm_limits.lib.lua").sender_of(arg[1] ~= "" and arg[1] or nil))
"""


def sender_of(address, tmp_path):
    script = tmp_path / "sender.lua"
    script.write_text(PRELUDE % PROSODY_SOURCE)
    return subprocess.run(["lua5.4", script, address], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("address, sender", [
    ("192.0.2.7", "192.0.2.7"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002::/64"),
    ("2001:db8:1:2::ffff", "2001:0db8:0001:0002::/64"),
    ("2001:db8:1:3::1", "2001:0db8:0001:0003::/64"),
    ("fe80::1%eth0", "fe80:0000:0000:0000::/64"),
    ("::1", "0000:0000:0000:0000::/64"),
    ("not an address", "?"),
    ("", "?"),
])
def test_an_ipv6_sender_is_its_network_and_a_mapped_one_is_ipv4(address, sender, tmp_path):
    assert sender_of(address, tmp_path) == sender
