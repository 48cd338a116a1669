BEGIN TRANSACTION;
CREATE TABLE accounts (
	id VARCHAR(36) NOT NULL, 
	login VARCHAR(120) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	role VARCHAR(40) NOT NULL, 
	wards JSON, 
	password VARCHAR(200), 
	subject VARCHAR(500), 
	made_at DATETIME NOT NULL, 
	ended_at DATETIME, language VARCHAR(40), 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT uq_accounts_login UNIQUE (login), 
	CONSTRAINT uq_accounts_subject UNIQUE (subject)
);
INSERT INTO "accounts" VALUES('b97ca951d7bdbdd2f7b66e81d8b00299','ada','ada','nurse',NULL,'$argon2id$v=19$m=65536,t=3,p=4$ApCNcVKYkRaPdjhL6atV9w$HxRAjw6ejibk0JZ4ndmdJrTPxU9dZ3tM5Ajm6s+I2Do',NULL,'2026-11-29 18:48:04.546324',NULL,NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE attempts (
	"key" VARCHAR(64) NOT NULL, 
	failures INTEGER NOT NULL, 
	last_at DATETIME NOT NULL, 
	closed_until DATETIME NOT NULL, 
	CONSTRAINT pk_attempts PRIMARY KEY ("key")
);
CREATE TABLE devices (
	id VARCHAR(36) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	wards JSON, 
	made_at DATETIME NOT NULL, 
	made_by VARCHAR(36) NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT pk_devices PRIMARY KEY (id), 
	CONSTRAINT uq_devices_key UNIQUE ("key")
);
CREATE TABLE entries (
	n INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor VARCHAR(36) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	role VARCHAR(40) NOT NULL, 
	way VARCHAR(40) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	object VARCHAR(120) NOT NULL, 
	ward VARCHAR(120), 
	outcome VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_entries PRIMARY KEY (n)
);
INSERT INTO "entries" VALUES(1,'2026-11-29 18:48:12.230552','6143b08fa8c62ebdf553c1283806b900','Ada','program','token','read','alerts','',NULL,'done');
INSERT INTO "entries" VALUES(2,'2026-11-29 18:48:12.356019','6143b08fa8c62ebdf553c1283806b900','Ada','program','token','act','act on alert','7c2102d384d4537c6596/ack','ward-1','done');
INSERT INTO "entries" VALUES(3,'2026-11-29 18:48:12.951821','6143b08fa8c62ebdf553c1283806b900','Ada','program','token','act','act on alert','6c7783bab2e3103342d1/arrive','ward-1','done');
INSERT INTO "entries" VALUES(4,'2026-11-29 18:48:13.292646','6143b08fa8c62ebdf553c1283806b900','Ada','program','token','act','act on alert','6c7783bab2e3103342d1/resolve','ward-1','done');
CREATE TABLE episodes (
	id VARCHAR(120) NOT NULL, 
	ward VARCHAR(120) NOT NULL, 
	room VARCHAR(120) NOT NULL, 
	camera VARCHAR(120) NOT NULL, 
	level INTEGER NOT NULL, 
	raised_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	outcome VARCHAR(40), 
	words VARCHAR(2000) NOT NULL, 
	body JSON NOT NULL, 
	CONSTRAINT pk_episodes PRIMARY KEY (id)
);
INSERT INTO "episodes" VALUES('7c2102d384d4537c6596','ward-1','room-1','ward-1/room-1/cam-room-1',2,'2026-11-29 18:48:05.558920',NULL,NULL,'ada','{"id": "7c2102d384d4537c6596", "camera": "ward-1/room-1/cam-room-1", "level": 2, "status": "acknowledged", "onset_at": "2026-11-29T18:47:59.322349+00:00", "raised_at": "2026-11-29T18:48:05.558920+00:00", "signalled_at": "2026-11-29T18:48:05.558920+00:00", "calling_since": "2026-11-29T18:48:05.558920+00:00", "changed_at": "2026-11-29T18:48:12.259593+00:00", "signals": 1, "notified_at": null, "widened_at": null, "ack": {"by": "Ada", "actor": {"id": "6143b08fa8c62ebdf553c1283806b900", "name": "Ada", "role": "program", "wards": null, "way": "token"}, "at": "2026-11-29T18:48:12.259593+00:00", "expires_at": "2026-11-30T18:48:12.259593+00:00"}, "arrival": null, "resolution": null, "cleared_at": null, "reassess_at": null, "reassess_called_at": null, "reassessed": null}');
INSERT INTO "episodes" VALUES('6c7783bab2e3103342d1','ward-1','room-3','ward-1/room-3/cam-room-3',2,'2026-11-29 18:48:06.061683','2026-11-29 18:48:13.127087','no_pain','ada ada ','{"id": "6c7783bab2e3103342d1", "camera": "ward-1/room-3/cam-room-3", "level": 2, "status": "resolved", "onset_at": "2026-11-29T18:47:59.362745+00:00", "raised_at": "2026-11-29T18:48:06.061683+00:00", "signalled_at": "2026-11-29T18:48:06.061683+00:00", "calling_since": "2026-11-29T18:48:06.061683+00:00", "changed_at": "2026-11-29T18:48:13.127087+00:00", "signals": 1, "notified_at": null, "widened_at": null, "ack": null, "arrival": {"by": "Ada", "actor": {"id": "6143b08fa8c62ebdf553c1283806b900", "name": "Ada", "role": "program", "wards": null, "way": "token"}, "at": "2026-11-29T18:48:12.767672+00:00", "expires_at": "2026-11-30T18:48:12.767672+00:00"}, "resolution": {"by": "Ada", "actor": {"id": "6143b08fa8c62ebdf553c1283806b900", "name": "Ada", "role": "program", "wards": null, "way": "token"}, "at": "2026-11-29T18:48:13.127087+00:00", "outcome": "no_pain", "reason": ""}, "cleared_at": null, "reassess_at": null, "reassess_called_at": null, "reassessed": null}');
INSERT INTO "episodes" VALUES('a7ecd3b0fba8d7618901','ward-1','room-4','ward-1/room-4/cam-room-4',3,'2026-11-29 18:48:06.487742',NULL,NULL,'','{"id": "a7ecd3b0fba8d7618901", "camera": "ward-1/room-4/cam-room-4", "level": 3, "status": "raised", "onset_at": "2026-11-29T18:47:59.365396+00:00", "raised_at": "2026-11-29T18:48:06.487742+00:00", "signalled_at": "2026-11-29T18:48:06.487742+00:00", "calling_since": "2026-11-29T18:48:06.487742+00:00", "changed_at": "2026-11-29T18:48:06.487742+00:00", "signals": 1, "notified_at": null, "widened_at": null, "ack": null, "arrival": null, "resolution": null, "cleared_at": null, "reassess_at": null, "reassess_called_at": null, "reassessed": null}');
CREATE TABLE links (
	"key" VARCHAR(64) NOT NULL, 
	account VARCHAR(36) NOT NULL, 
	made_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT pk_links PRIMARY KEY ("key"), 
	CONSTRAINT fk_links_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE pins (
	account VARCHAR(36) NOT NULL, 
	device VARCHAR(36) NOT NULL, 
	pin VARCHAR(200) NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT pk_pins PRIMARY KEY (account, device), 
	CONSTRAINT fk_pins_account FOREIGN KEY(account) REFERENCES accounts (id), 
	CONSTRAINT fk_pins_device FOREIGN KEY(device) REFERENCES devices (id)
);
CREATE TABLE settings_made (
	n INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	ward VARCHAR(120) NOT NULL, 
	scope VARCHAR(120) NOT NULL, 
	change VARCHAR(40) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	details JSON NOT NULL, 
	CONSTRAINT pk_settings_made PRIMARY KEY (n)
);
CREATE TABLE spans (
	camera VARCHAR(120) NOT NULL, 
	began_at DATETIME NOT NULL, 
	ended_at DATETIME NOT NULL, 
	sight VARCHAR(40) NOT NULL, 
	level INTEGER, 
	CONSTRAINT pk_spans PRIMARY KEY (camera, began_at)
);
INSERT INTO "spans" VALUES('ward-1/room-3/cam-room-3','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','blind',NULL);
INSERT INTO "spans" VALUES('ward-1/room-4/cam-room-4','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','blind',NULL);
INSERT INTO "spans" VALUES('ward-1/room-1/cam-room-1','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','seen',2);
INSERT INTO "spans" VALUES('ward-1/room-2/cam-room-2','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','blind',NULL);
INSERT INTO "spans" VALUES('ward-1/room-2/cam-chair','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','blind',NULL);
INSERT INTO "spans" VALUES('ward-1/room-5/cam-room-5','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','blind',NULL);
INSERT INTO "spans" VALUES('ward-1/room-6/cam-room-6','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','blind',NULL);
INSERT INTO "spans" VALUES('ward-1/room-7/cam-room-7','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','blind',NULL);
INSERT INTO "spans" VALUES('ward-1/room-8/cam-room-8','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','seen',0);
INSERT INTO "spans" VALUES('ward-1/room-9/cam-room-9','2026-11-29 18:48:05.642672','2026-11-29 18:48:12.044245','seen',0);
CREATE TABLE tokens (
	id VARCHAR(36) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	scopes JSON NOT NULL, 
	wards JSON, 
	made_at DATETIME NOT NULL, 
	made_by VARCHAR(36) NOT NULL, 
	ends_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT pk_tokens PRIMARY KEY (id), 
	CONSTRAINT uq_tokens_key UNIQUE ("key")
);
INSERT INTO "tokens" VALUES('6143b08fa8c62ebdf553c1283806b900','feb656bb571d44a2492bdc9dc6dced5ed0d583dde825749e458b146e43b29f81','Ada','["act", "look back", "see", "technical"]',NULL,'2026-11-29 18:48:09.318610','command line','2027-02-27 18:48:09.318610',NULL);
CREATE INDEX ix_entries_at ON entries (at);
CREATE INDEX ix_entries_actor_at ON entries (actor, at);
CREATE INDEX ix_spans_camera_ended_at ON spans (camera, ended_at);
CREATE INDEX ix_spans_ended_at ON spans (ended_at);
CREATE INDEX ix_episodes_ward_raised_at ON episodes (ward, raised_at);
CREATE INDEX ix_episodes_raised_at ON episodes (raised_at);
CREATE INDEX ix_settings_made_ward_at ON settings_made (ward, at);
COMMIT;
