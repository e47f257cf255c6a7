# Fills and changes the database of the throw-away domain with Samba's own modules, all in one interpreter: every call of samba-tool
# starts its own. Reads {"conf": path of smb.conf, "actions": [[name, argument, ...], ...]}, writes a list with the result of each.
import json
import logging
import sys

import ldb
import samba.dckeytab  # gives Net its export_keytab
from samba.auth import system_session
from samba.dcerpc import security
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2, UF_ACCOUNTDISABLE
from samba.ndr import ndr_unpack
from samba.net import Net
from samba.param import LoadParm
from samba.provision import provision
from samba.samdb import SamDB

assert samba.dckeytab


class Database:
    def __init__(self, conf):
        self.conf = conf
        self.lp = LoadParm()
        self.lp.load(conf)
        self.opened = None

    @property
    def sam(self):
        self.opened = self.opened or SamDB(url=self.lp.samdb_url(), session_info=system_session(), lp=self.lp)
        return self.opened

    def provision(self, realm, netbios, host, address, password):
        logging.basicConfig(level=logging.ERROR)
        made = provision(
            logging.getLogger(), system_session(), smbconf=self.conf, lp=self.lp, realm=realm, domain=netbios, hostname=host,
            hostip=address, adminpass=password, serverrole='active directory domain controller', dns_backend='SAMBA_INTERNAL',
            dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2, batch_mode=True)
        self.opened = made.samdb
        # Passwords of any form, and a new one at any time.
        self.replace(self.sam.domain_dn(), pwdProperties='0', minPwdLength='0', minPwdAge='0', pwdHistoryLength='0')

    def add_user(self, name, password):
        self.sam.newuser(name, password)

    def add_group(self, name):
        self.sam.newgroup(name)

    def add_service(self, name, password, principals):
        self.sam.newuser(name, password)
        # 24 (AES128, AES256; MS-KILE 2.2.7): without it the tickets of an account are made with RC4.
        self.replace(self.dn_of(name), **{'servicePrincipalName': principals, 'msDS-SupportedEncryptionTypes': '24'})

    def members(self, group, names, add):
        self.sam.add_remove_group_members(group, names, add_members_operation=add)

    def enable(self, name, enabled):
        self.sam.toggle_userAccountFlags(self.filter_of(name), UF_ACCOUNTDISABLE, on=not enabled)

    def set_password(self, name, password):
        self.sam.setpassword(self.filter_of(name), password)

    def modify(self, ldif):
        self.sam.modify_ldif(ldif)

    def sid(self, name):
        return self.sids(self.dn_of(name), 'objectSid')[0]

    def group_sids(self, name):
        return self.sids(self.dn_of(name), 'tokenGroups')

    def keytab(self, principal, file):
        Net(None, self.lp).export_keytab(keytab=file, principal=principal)

    def replace(self, dn, **attributes):
        message = ldb.Message(ldb.Dn(self.sam, str(dn)))
        for name, value in attributes.items():
            message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
        self.sam.modify(message)

    def sids(self, dn, attribute):
        found = self.sam.search(base=dn, scope=ldb.SCOPE_BASE, attrs=[attribute])[0]
        return [str(ndr_unpack(security.dom_sid, value)) for value in found[attribute]]

    def dn_of(self, name):
        found = self.sam.search(expression=self.filter_of(name), attrs=[])
        if len(found) != 1:
            raise KeyError(f'no account {name}')
        return found[0].dn

    def filter_of(self, name):
        return f'(sAMAccountName={ldb.binary_encode(name)})'


request = json.load(sys.stdin)
database = Database(request['conf'])
print(json.dumps([getattr(database, name)(*arguments) for name, *arguments in request['actions']]))
