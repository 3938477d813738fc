# make install and make deb: what goes where on a server. Included by the Makefile.
#
#   PREFIX/sbin/                    crmd, crmctl
#   PREFIX/share/man/               crmd(8), crmctl(8), crmd.conf(5), which the programs print
#   PREFIX/share/traincape/         schema (with apply), prosody, web
#   PREFIX/lib/traincape/operate/   what crmctl starts: setup, backup, restore
#   PREFIX/lib/systemd/system/, sysusers.d/, tmpfiles.d/
#   SYSCONFDIR/traincape/           crmd.conf, prosody.env; files that are there already stay as they are

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
OPERATE := component/operate
ROOT_FOLDER = $(DESTDIR)$(PREFIX)
SETTINGS_FOLDER = $(DESTDIR)$(SYSCONFDIR)/traincape
FILL = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g'
VERSION := $(shell git log -1 --format=%cd --date=format:%Y.%m.%d.%H%M 2>/dev/null || echo 0)
DEB := build/traincape-crm_$(VERSION)_$(shell dpkg --print-architecture 2>/dev/null).deb

.PHONY: install install-configuration deb test-deb
install: build web install-configuration ## install on this machine, for systemd (DESTDIR= PREFIX=/usr/local SYSCONFDIR=/etc)
	@install -d $(ROOT_FOLDER)/sbin $(ROOT_FOLDER)/lib/systemd/system $(ROOT_FOLDER)/lib/sysusers.d $(ROOT_FOLDER)/lib/tmpfiles.d \
		$(ROOT_FOLDER)/lib/traincape/operate $(ROOT_FOLDER)/share/traincape
	@install -m 0755 $B/crmd $B/crmctl $(ROOT_FOLDER)/sbin
	@rm -rf $(ROOT_FOLDER)/share/traincape/{schema,prosody,web}
	@for room in schema/apply schema/roles.sql schema/migrations/*.sql schema/functions/*.sql prosody/*.lua; do \
		install -D -m 0644 $$room $(ROOT_FOLDER)/share/traincape/$$room; done
	@chmod 0755 $(ROOT_FOLDER)/share/traincape/schema/apply
	@cp -R --no-preserve=mode,ownership web/dist $(ROOT_FOLDER)/share/traincape/web
	@for program in setup backup restore; do \
		$(FILL) $(OPERATE)/$$program | install -m 0755 /dev/stdin $(ROOT_FOLDER)/lib/traincape/operate/$$program; done
	@for part in common.sh address.sh; do \
		$(FILL) $(OPERATE)/$$part | install -m 0644 /dev/stdin $(ROOT_FOLDER)/lib/traincape/operate/$$part; done
	@install -d $(ROOT_FOLDER)/share/man/man5 $(ROOT_FOLDER)/share/man/man8
	@$B/crmd --print-manual | gzip -9n | install -m 0644 /dev/stdin $(ROOT_FOLDER)/share/man/man8/crmd.8.gz
	@$B/crmctl --print-manual | gzip -9n | install -m 0644 /dev/stdin $(ROOT_FOLDER)/share/man/man8/crmctl.8.gz
	@$B/crmd --print-manual=crmd.conf | gzip -9n | install -m 0644 /dev/stdin $(ROOT_FOLDER)/share/man/man5/crmd.conf.5.gz
	@for unit in traincape-crmd traincape-prosody; do \
		$(FILL) $(OPERATE)/systemd/$$unit.service.in | install -m 0644 /dev/stdin $(ROOT_FOLDER)/lib/systemd/system/$$unit.service; done
	@install -m 0644 $(OPERATE)/systemd/sysusers.conf $(ROOT_FOLDER)/lib/sysusers.d/traincape.conf
	@$(FILL) $(OPERATE)/systemd/tmpfiles.conf.in | install -m 0644 /dev/stdin $(ROOT_FOLDER)/lib/tmpfiles.d/traincape.conf

# crmd.conf is the one that the program prints, with what is known of a server filled in.
install-configuration: build
	@install -d $(SETTINGS_FOLDER)
	@[ -e $(SETTINGS_FOLDER)/prosody.env ] || $(FILL) $(OPERATE)/prosody.env.in | install -m 0644 /dev/stdin $(SETTINGS_FOLDER)/prosody.env
	@[ -e $(SETTINGS_FOLDER)/crmd.conf ] || $B/crmd --print-config | sed -E \
		-e 's|^;(user=).*|\1crmd|' -e 's|^;(component_secret_file=).*|\1$(SYSCONFDIR)/traincape/secrets/component_secret|' \
		-e 's|^(conninfo=).*|\1host=/var/run/postgresql dbname=crm user=crmd|' -e 's|^base_url=.*|;&|' | \
		install -m 0644 /dev/stdin $(SETTINGS_FOLDER)/crmd.conf

DEB_ROOT := build/deb
deb: ## build/traincape-crm_VERSION.deb, for Debian 12
	@rm -rf $(DEB_ROOT)
	@$(MAKE) packages-test
	@$(MAKE) -j1 install DESTDIR=$(abspath $(DEB_ROOT)) PREFIX=/usr SYSCONFDIR=/etc
	@$(OPERATE)/package $(DEB_ROOT) $(VERSION) $(DEB)
	@echo '  deb $(DEB)'

test-deb: deb packages-test ## install, use, upgrade, restore, remove the package in a fresh Debian 12 (root, network; not part of make test)
	@$(SUITE) $@ pytest $(PYTEST) tests/package
