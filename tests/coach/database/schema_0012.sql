BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0012');
CREATE TABLE attempt_count (
	name VARCHAR(200) NOT NULL, 
	count INTEGER NOT NULL, 
	until_at DATETIME NOT NULL, 
	CONSTRAINT pk_attempt_count PRIMARY KEY (name)
);
CREATE TABLE audit_event (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	clinic_id INTEGER, 
	actor VARCHAR(254) NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	subject VARCHAR(60), 
	detail JSON NOT NULL, hash VARCHAR(64) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_audit_event PRIMARY KEY (id), 
	CONSTRAINT fk_audit_event_clinic_id_clinic FOREIGN KEY(clinic_id) REFERENCES clinic (id)
);
CREATE TABLE "check_in" (
	id INTEGER NOT NULL, 
	enrolment_id INTEGER NOT NULL, 
	asked_on DATE NOT NULL, 
	outbox_message_id INTEGER NOT NULL, 
	step_decision_id INTEGER, 
	score INTEGER, 
	score_at DATETIME, 
	habit BOOLEAN, 
	habit_at DATETIME, 
	asked_again_at DATETIME, 
	CONSTRAINT pk_check_in PRIMARY KEY (id), 
	CONSTRAINT uq_check_in_outbox_message_id UNIQUE (outbox_message_id), 
	CONSTRAINT fk_check_in_outbox_message_id_outbox_message FOREIGN KEY(outbox_message_id) REFERENCES outbox_message (id), 
	CONSTRAINT fk_check_in_step_decision_id_decision FOREIGN KEY(step_decision_id) REFERENCES decision (id), 
	CONSTRAINT ck_check_in_score_range CHECK (score BETWEEN 0 AND 10), 
	CONSTRAINT fk_check_in_enrolment_id_enrolment FOREIGN KEY(enrolment_id) REFERENCES enrolment (id), 
	CONSTRAINT uq_check_in_asked_on_enrolment_id UNIQUE (asked_on, enrolment_id)
);
INSERT INTO "check_in" VALUES(1,1,'2026-11-16',1,NULL,3,'2026-11-17 01:26:00.000000',NULL,NULL,NULL);
INSERT INTO "check_in" VALUES(2,2,'2026-11-16',2,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "check_in" VALUES(3,3,'2026-11-16',3,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "check_in" VALUES(4,1,'2026-11-17',4,1,4,'2026-11-18 01:26:00.000000',1,'2026-11-18 01:26:00.000000',NULL);
INSERT INTO "check_in" VALUES(5,2,'2026-11-17',5,2,7,'2026-11-18 01:26:00.000000',0,'2026-11-18 01:26:00.000000',NULL);
INSERT INTO "check_in" VALUES(6,3,'2026-11-17',6,3,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "check_in" VALUES(7,1,'2026-11-18',7,5,5,'2026-11-19 01:26:00.000000',1,'2026-11-19 01:26:00.000000',NULL);
INSERT INTO "check_in" VALUES(8,2,'2026-11-18',8,6,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "check_in" VALUES(9,3,'2026-11-18',9,7,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "check_in" VALUES(10,1,'2026-11-19',10,9,6,'2026-11-20 01:26:00.000000',1,'2026-11-20 01:26:00.000000',NULL);
INSERT INTO "check_in" VALUES(11,2,'2026-11-19',11,10,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE clinic (
	id INTEGER NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	country VARCHAR(2) DEFAULT 'us' NOT NULL, 
	time_zone VARCHAR(64) DEFAULT 'America/New_York' NOT NULL, 
	quiet_hours JSON, 
	switched_off JSON, 
	created_at DATETIME NOT NULL, keep_texts_days INTEGER, keep_people_days INTEGER, daily_texts INTEGER, 
	CONSTRAINT pk_clinic PRIMARY KEY (id), 
	CONSTRAINT uq_clinic_name UNIQUE (name)
);
INSERT INTO "clinic" VALUES(1,'Clinic','us','America/New_York',NULL,NULL,'2026-11-16 15:00:00.000000',NULL,NULL,NULL);
CREATE TABLE clinic_day (
	clinic_id INTEGER NOT NULL, 
	local_on DATE NOT NULL, 
	texts INTEGER NOT NULL, 
	held INTEGER NOT NULL, 
	alarmed_at DATETIME, 
	CONSTRAINT pk_clinic_day PRIMARY KEY (clinic_id, local_on), 
	CONSTRAINT fk_clinic_day_clinic_id_clinic FOREIGN KEY(clinic_id) REFERENCES clinic (id)
);
INSERT INTO "clinic_day" VALUES(1,'2026-11-16',3,0,NULL);
INSERT INTO "clinic_day" VALUES(1,'2026-11-17',3,0,NULL);
INSERT INTO "clinic_day" VALUES(1,'2026-11-18',3,0,NULL);
INSERT INTO "clinic_day" VALUES(1,'2026-11-19',2,0,NULL);
CREATE TABLE clinic_text (
	id INTEGER NOT NULL, 
	clinic_id INTEGER NOT NULL, 
	strategy VARCHAR(40) NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	name VARCHAR(30) NOT NULL, 
	body VARCHAR(500) NOT NULL, 
	version INTEGER NOT NULL, 
	reviewer VARCHAR(120) NOT NULL, 
	reviewed_on DATE NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_clinic_text PRIMARY KEY (id), 
	CONSTRAINT fk_clinic_text_clinic_id_clinic FOREIGN KEY(clinic_id) REFERENCES clinic (id), 
	CONSTRAINT uq_clinic_text_clinic_id_strategy_language_name_version UNIQUE (clinic_id, strategy, language, name, version)
);
CREATE TABLE coach_account (
	id INTEGER NOT NULL, 
	clinic_id INTEGER, 
	email VARCHAR(254) NOT NULL, 
	password_hash VARCHAR(255) NOT NULL, 
	role VARCHAR(12) NOT NULL, 
	active BOOLEAN DEFAULT (true) NOT NULL, 
	session_key VARCHAR(64) NOT NULL, 
	phone TEXT, 
	number_hash VARCHAR(64), 
	time_zone VARCHAR(64), 
	created_at DATETIME NOT NULL, digest VARCHAR(8) DEFAULT 'weekly' NOT NULL, totp_secret TEXT, totp_counter INTEGER, recovery_codes TEXT, may_export BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT pk_coach_account PRIMARY KEY (id), 
	CONSTRAINT ck_coach_account_role_known CHECK (role IN ('coach', 'lead', 'researcher', 'admin')), 
	CONSTRAINT fk_coach_account_clinic_id_clinic FOREIGN KEY(clinic_id) REFERENCES clinic (id), 
	CONSTRAINT uq_coach_account_email UNIQUE (email), 
	CONSTRAINT uq_coach_account_session_key UNIQUE (session_key)
);
CREATE TABLE consent_event (
	id INTEGER NOT NULL, 
	participant_id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	source VARCHAR(120) NOT NULL, 
	at DATETIME NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	wording TEXT, 
	CONSTRAINT pk_consent_event PRIMARY KEY (id), 
	CONSTRAINT ck_consent_event_kind_known CHECK (kind IN ('given', 'confirmed', 'opted_out', 'opted_in')), 
	CONSTRAINT fk_consent_event_participant_id_participant FOREIGN KEY(participant_id) REFERENCES participant (id)
);
INSERT INTO "consent_event" VALUES(1,1,'given','paper','2026-01-02 10:00:00.000000','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "consent_event" VALUES(2,1,'confirmed','paper','2026-11-16 15:00:00.000000','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "consent_event" VALUES(3,2,'given','paper','2026-01-02 10:00:00.000000','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "consent_event" VALUES(4,2,'confirmed','paper','2026-11-16 15:00:00.000000','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "consent_event" VALUES(5,3,'given','paper','2026-01-02 10:00:00.000000','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "consent_event" VALUES(6,3,'confirmed','paper','2026-11-16 15:00:00.000000','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "consent_event" VALUES(7,4,'given','paper','2026-01-02 10:00:00.000000','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "consent_event" VALUES(8,4,'confirmed','paper','2026-11-16 15:00:00.000000','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "consent_event" VALUES(9,3,'opted_out','text message','2026-11-19 01:26:00.000000','2026-11-19 01:26:00.000000',NULL);
CREATE TABLE "decision" (
	id INTEGER NOT NULL, 
	enrolment_id INTEGER NOT NULL, 
	slot VARCHAR(20) NOT NULL, 
	local_on DATE NOT NULL, 
	decided_at DATETIME NOT NULL, 
	available BOOLEAN NOT NULL, 
	unavailable_reason VARCHAR(24), 
	eligible JSON NOT NULL, 
	probabilities JSON NOT NULL, 
	policy VARCHAR(20) NOT NULL, 
	policy_version INTEGER NOT NULL, 
	draw DOUBLE, 
	action VARCHAR(40), 
	text_id VARCHAR(60), 
	text_version INTEGER, 
	covariates JSON NOT NULL, 
	facts JSON NOT NULL, 
	CONSTRAINT pk_decision PRIMARY KEY (id), 
	CONSTRAINT fk_decision_enrolment_id_enrolment FOREIGN KEY(enrolment_id) REFERENCES enrolment (id), 
	CONSTRAINT uq_decision_local_on_slot_enrolment_id UNIQUE (local_on, slot, enrolment_id)
);
INSERT INTO "decision" VALUES(1,1,'evening','2026-11-16','2026-11-17 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","iron-rich-food","magnesium-rich-food","massage","mindfulness","move-when-it-starts","restful-room","screens-off","stretching","warm-bath"]','{"alcohol":0.0625,"caffeine":0.0625,"check-up":0.0625,"consistent-bedtime":0.0625,"daytime-activity":0.0625,"evening-walk":0.0625,"gentle-yoga":0.0625,"iron-rich-food":0.0625,"magnesium-rich-food":0.0625,"massage":0.0625,"mindfulness":0.0625,"move-when-it-starts":0.0625,"restful-room":0.0625,"screens-off":0.0625,"stretching":0.0625,"warm-bath":0.0625}','rotation',1,9.37139978573665266559e-01,'stretching','stretching.4',1,'{"prior_score":null,"nights_since_start":0}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised"},"recent":[],"texts":["stretching.1","stretching.2","stretching.3","stretching.4","stretching.5","stretching.6"],"text_draw":0.5964633652113394}');
INSERT INTO "decision" VALUES(2,2,'evening','2026-11-16','2026-11-17 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","iron-rich-food","magnesium-rich-food","massage","mindfulness","move-when-it-starts","restful-room","screens-off","stretching","warm-bath"]','{"alcohol":0.0625,"caffeine":0.0625,"check-up":0.0625,"consistent-bedtime":0.0625,"daytime-activity":0.0625,"evening-walk":0.0625,"gentle-yoga":0.0625,"iron-rich-food":0.0625,"magnesium-rich-food":0.0625,"massage":0.0625,"mindfulness":0.0625,"move-when-it-starts":0.0625,"restful-room":0.0625,"screens-off":0.0625,"stretching":0.0625,"warm-bath":0.0625}','rotation',1,7.38793071868977357929e-01,'move-when-it-starts','move-when-it-starts.4',1,'{"prior_score":null,"nights_since_start":0}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised"},"recent":[],"texts":["move-when-it-starts.1","move-when-it-starts.2","move-when-it-starts.3","move-when-it-starts.4","move-when-it-starts.5"],"text_draw":0.6307506489284204}');
INSERT INTO "decision" VALUES(3,3,'evening','2026-11-16','2026-11-17 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","iron-rich-food","magnesium-rich-food","massage","mindfulness","move-when-it-starts","restful-room","screens-off","stretching","warm-bath"]','{"alcohol":0.0625,"caffeine":0.0625,"check-up":0.0625,"consistent-bedtime":0.0625,"daytime-activity":0.0625,"evening-walk":0.0625,"gentle-yoga":0.0625,"iron-rich-food":0.0625,"magnesium-rich-food":0.0625,"massage":0.0625,"mindfulness":0.0625,"move-when-it-starts":0.0625,"restful-room":0.0625,"screens-off":0.0625,"stretching":0.0625,"warm-bath":0.0625}','rotation',1,6.36548699028864350957e-01,'mindfulness','mindfulness.3',1,'{"prior_score":null,"nights_since_start":0}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised"},"recent":[],"texts":["mindfulness.1","mindfulness.2","mindfulness.3","mindfulness.4","mindfulness.5","mindfulness.6"],"text_draw":0.483791202198798}');
INSERT INTO "decision" VALUES(4,4,'evening','2026-11-16','2026-11-17 03:26:00.000000',0,'system_down','[]','{}','rotation',1,NULL,NULL,NULL,NULL,'{"prior_score":null,"nights_since_start":0}','{}');
INSERT INTO "decision" VALUES(5,1,'evening','2026-11-17','2026-11-18 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","iron-rich-food","magnesium-rich-food","massage","mindfulness","move-when-it-starts","restful-room","screens-off","warm-bath"]','{"alcohol":0.06666666666666667,"caffeine":0.06666666666666667,"check-up":0.06666666666666667,"consistent-bedtime":0.06666666666666667,"daytime-activity":0.06666666666666667,"evening-walk":0.06666666666666667,"gentle-yoga":0.06666666666666667,"iron-rich-food":0.06666666666666667,"magnesium-rich-food":0.06666666666666667,"massage":0.06666666666666667,"mindfulness":0.06666666666666667,"move-when-it-starts":0.06666666666666667,"restful-room":0.06666666666666667,"screens-off":0.06666666666666667,"warm-bath":0.06666666666666667}','rotation',1,4.40307293621623463408e-01,'gentle-yoga','gentle-yoga.1',1,'{"prior_score":3,"nights_since_start":1}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised","stretching":"last_evening"},"recent":["stretching"],"texts":["gentle-yoga.1","gentle-yoga.2","gentle-yoga.3","gentle-yoga.4","gentle-yoga.5"],"text_draw":0.11367699964277245}');
INSERT INTO "decision" VALUES(6,2,'evening','2026-11-17','2026-11-18 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","iron-rich-food","magnesium-rich-food","massage","mindfulness","restful-room","screens-off","stretching","warm-bath"]','{"alcohol":0.06666666666666667,"caffeine":0.06666666666666667,"check-up":0.06666666666666667,"consistent-bedtime":0.06666666666666667,"daytime-activity":0.06666666666666667,"evening-walk":0.06666666666666667,"gentle-yoga":0.06666666666666667,"iron-rich-food":0.06666666666666667,"magnesium-rich-food":0.06666666666666667,"massage":0.06666666666666667,"mindfulness":0.06666666666666667,"restful-room":0.06666666666666667,"screens-off":0.06666666666666667,"stretching":0.06666666666666667,"warm-bath":0.06666666666666667}','rotation',1,9.15419967203471407479e-01,'stretching','stretching.3',1,'{"prior_score":null,"nights_since_start":1}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised","move-when-it-starts":"last_evening"},"recent":["move-when-it-starts"],"texts":["stretching.1","stretching.2","stretching.3","stretching.4","stretching.5","stretching.6"],"text_draw":0.3621477863315735}');
INSERT INTO "decision" VALUES(7,3,'evening','2026-11-17','2026-11-18 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","iron-rich-food","magnesium-rich-food","massage","move-when-it-starts","restful-room","screens-off","stretching","warm-bath"]','{"alcohol":0.06666666666666667,"caffeine":0.06666666666666667,"check-up":0.06666666666666667,"consistent-bedtime":0.06666666666666667,"daytime-activity":0.06666666666666667,"evening-walk":0.06666666666666667,"gentle-yoga":0.06666666666666667,"iron-rich-food":0.06666666666666667,"magnesium-rich-food":0.06666666666666667,"massage":0.06666666666666667,"move-when-it-starts":0.06666666666666667,"restful-room":0.06666666666666667,"screens-off":0.06666666666666667,"stretching":0.06666666666666667,"warm-bath":0.06666666666666667}','rotation',1,8.88436241104004875701e-01,'stretching','stretching.6',1,'{"prior_score":null,"nights_since_start":1}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised","mindfulness":"last_evening"},"recent":["mindfulness"],"texts":["stretching.1","stretching.2","stretching.3","stretching.4","stretching.5","stretching.6"],"text_draw":0.961655181243838}');
INSERT INTO "decision" VALUES(8,4,'evening','2026-11-17','2026-11-18 03:26:00.000000',0,'system_down','[]','{}','rotation',1,NULL,NULL,NULL,NULL,'{"prior_score":null,"nights_since_start":1}','{}');
INSERT INTO "decision" VALUES(9,1,'evening','2026-11-18','2026-11-19 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","iron-rich-food","magnesium-rich-food","massage","mindfulness","move-when-it-starts","restful-room","screens-off","stretching","warm-bath"]','{"alcohol":0.07142857142857142,"caffeine":0.07142857142857142,"check-up":0.07142857142857142,"consistent-bedtime":0.07142857142857142,"daytime-activity":0.07142857142857142,"evening-walk":0.07142857142857142,"iron-rich-food":0.07142857142857142,"magnesium-rich-food":0.07142857142857142,"massage":0.07142857142857142,"mindfulness":0.07142857142857142,"move-when-it-starts":0.07142857142857142,"restful-room":0.07142857142857142,"screens-off":0.07142857142857142,"warm-bath":0.07142857142857142}','rotation',1,4.53196899433889410779e-01,'iron-rich-food','iron-rich-food.2',1,'{"prior_score":4,"nights_since_start":2}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised","gentle-yoga":"last_evening"},"recent":["gentle-yoga","stretching"],"texts":["iron-rich-food.1","iron-rich-food.2","iron-rich-food.3","iron-rich-food.4","iron-rich-food.5"],"text_draw":0.33139413763635395}');
INSERT INTO "decision" VALUES(10,2,'evening','2026-11-18','2026-11-19 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","iron-rich-food","magnesium-rich-food","massage","mindfulness","move-when-it-starts","restful-room","screens-off","warm-bath"]','{"alcohol":0.07142857142857142,"caffeine":0.07142857142857142,"check-up":0.07142857142857142,"consistent-bedtime":0.07142857142857142,"daytime-activity":0.07142857142857142,"evening-walk":0.07142857142857142,"gentle-yoga":0.07142857142857142,"iron-rich-food":0.07142857142857142,"magnesium-rich-food":0.07142857142857142,"massage":0.07142857142857142,"mindfulness":0.07142857142857142,"restful-room":0.07142857142857142,"screens-off":0.07142857142857142,"warm-bath":0.07142857142857142}','rotation',1,8.72872618825444757106e-01,'screens-off','screens-off.5',1,'{"prior_score":7,"nights_since_start":2}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised","stretching":"last_evening"},"recent":["stretching","move-when-it-starts"],"texts":["screens-off.1","screens-off.2","screens-off.3","screens-off.4","screens-off.5"],"text_draw":0.8168669582219887}');
INSERT INTO "decision" VALUES(11,3,'evening','2026-11-18','2026-11-19 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","iron-rich-food","magnesium-rich-food","massage","mindfulness","move-when-it-starts","restful-room","screens-off","warm-bath"]','{"alcohol":0.07142857142857142,"caffeine":0.07142857142857142,"check-up":0.07142857142857142,"consistent-bedtime":0.07142857142857142,"daytime-activity":0.07142857142857142,"evening-walk":0.07142857142857142,"gentle-yoga":0.07142857142857142,"iron-rich-food":0.07142857142857142,"magnesium-rich-food":0.07142857142857142,"massage":0.07142857142857142,"move-when-it-starts":0.07142857142857142,"restful-room":0.07142857142857142,"screens-off":0.07142857142857142,"warm-bath":0.07142857142857142}','rotation',1,5.66171301287818784508e-01,'iron-rich-food','iron-rich-food.4',1,'{"prior_score":null,"nights_since_start":2}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised","stretching":"last_evening"},"recent":["stretching","mindfulness"],"texts":["iron-rich-food.1","iron-rich-food.2","iron-rich-food.3","iron-rich-food.4","iron-rich-food.5"],"text_draw":0.7435658528291852}');
INSERT INTO "decision" VALUES(12,4,'evening','2026-11-18','2026-11-19 03:26:00.000000',0,'system_down','[]','{}','rotation',1,NULL,NULL,NULL,NULL,'{"prior_score":null,"nights_since_start":2}','{}');
INSERT INTO "decision" VALUES(13,1,'evening','2026-11-19','2026-11-20 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","magnesium-rich-food","massage","mindfulness","move-when-it-starts","restful-room","screens-off","stretching","warm-bath"]','{"alcohol":0.07692307692307693,"caffeine":0.07692307692307693,"check-up":0.07692307692307693,"consistent-bedtime":0.07692307692307693,"daytime-activity":0.07692307692307693,"evening-walk":0.07692307692307693,"magnesium-rich-food":0.07692307692307693,"massage":0.07692307692307693,"mindfulness":0.07692307692307693,"move-when-it-starts":0.07692307692307693,"restful-room":0.07692307692307693,"screens-off":0.07692307692307693,"warm-bath":0.07692307692307693}','rotation',1,8.20877471372723821474e-01,'restful-room','restful-room.3',1,'{"prior_score":5,"nights_since_start":3}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised","iron-rich-food":"last_evening"},"recent":["iron-rich-food","gentle-yoga","stretching"],"texts":["restful-room.1","restful-room.2","restful-room.3","restful-room.4","restful-room.5"],"text_draw":0.5971926462428931}');
INSERT INTO "decision" VALUES(14,2,'evening','2026-11-19','2026-11-20 01:00:00.000000',1,NULL,'["alcohol","caffeine","check-up","consistent-bedtime","daytime-activity","evening-walk","gentle-yoga","iron-rich-food","magnesium-rich-food","massage","mindfulness","move-when-it-starts","restful-room","stretching","warm-bath"]','{"alcohol":0.07692307692307693,"caffeine":0.07692307692307693,"check-up":0.07692307692307693,"consistent-bedtime":0.07692307692307693,"daytime-activity":0.07692307692307693,"evening-walk":0.07692307692307693,"gentle-yoga":0.07692307692307693,"iron-rich-food":0.07692307692307693,"magnesium-rich-food":0.07692307692307693,"massage":0.07692307692307693,"mindfulness":0.07692307692307693,"restful-room":0.07692307692307693,"warm-bath":0.07692307692307693}','rotation',1,9.07588196160309168547e-01,'restful-room','restful-room.5',1,'{"prior_score":7,"nights_since_start":3}','{"programme":"evening","cadence":"daily","exclude":[],"tags":[],"refused":{"compression":"needs stockings_advised","screens-off":"last_evening"},"recent":["screens-off","stretching","move-when-it-starts"],"texts":["restful-room.1","restful-room.2","restful-room.3","restful-room.4","restful-room.5"],"text_draw":0.9296002641609774}');
INSERT INTO "decision" VALUES(15,4,'evening','2026-11-19','2026-11-20 03:26:00.000000',0,'system_down','[]','{}','rotation',1,NULL,NULL,NULL,NULL,'{"prior_score":null,"nights_since_start":3}','{}');
CREATE TABLE delivery_receipt (
	id INTEGER NOT NULL, 
	outbox_message_id INTEGER, 
	provider_sid VARCHAR(40) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	error_code INTEGER, 
	received_at DATETIME NOT NULL, 
	CONSTRAINT pk_delivery_receipt PRIMARY KEY (id), 
	CONSTRAINT fk_delivery_receipt_outbox_message_id_outbox_message FOREIGN KEY(outbox_message_id) REFERENCES outbox_message (id)
);
CREATE TABLE effects_report (
	id INTEGER NOT NULL, 
	clinic_id INTEGER NOT NULL, 
	programme VARCHAR(40) NOT NULL, 
	week VARCHAR(8) NOT NULL, 
	computed_at DATETIME NOT NULL, 
	figures JSON NOT NULL, 
	CONSTRAINT pk_effects_report PRIMARY KEY (id), 
	CONSTRAINT fk_effects_report_clinic_id_clinic FOREIGN KEY(clinic_id) REFERENCES clinic (id), 
	CONSTRAINT uq_effects_report_clinic_id_programme_week UNIQUE (clinic_id, programme, week)
);
INSERT INTO "effects_report" VALUES(1,1,'evening','2026-W46','2026-11-16 15:00:00.000000','{"effects":{"outcome":"outcome_score","clusters":0,"df":null,"nights":0,"controls":[],"filled":{},"strategies":[],"without_controls":{"outcome":"outcome_score","clusters":0,"df":null,"nights":0,"controls":[],"filled":{},"strategies":[]},"reply_rate":{"outcome":"replied","clusters":0,"df":null,"nights":0,"controls":[],"filled":{},"strategies":[]}},"weeks":[],"retention":[],"scores":[0,0,0,0,0,0,0,0,0,0,0],"people":0,"outlook":{"policy":"rotation","people":4,"parameters":17,"spread":1.6342258797694693,"without":{"nothing drawn":0.235},"steps":[{"strategy":"mindfulness","evenings":1.935,"scored":306},{"strategy":"restful-room","evenings":1.845,"scored":282},{"strategy":"massage","evenings":1.84,"scored":304},{"strategy":"warm-bath","evenings":1.84,"scored":300},{"strategy":"move-when-it-starts","evenings":1.83,"scored":269},{"strategy":"screens-off","evenings":1.83,"scored":291},{"strategy":"alcohol","evenings":1.81,"scored":280},{"strategy":"consistent-bedtime","evenings":1.78,"scored":289},{"strategy":"iron-rich-food","evenings":1.775,"scored":275},{"strategy":"evening-walk","evenings":1.735,"scored":275},{"strategy":"stretching","evenings":1.715,"scored":261},{"strategy":"magnesium-rich-food","evenings":1.705,"scored":258},{"strategy":"daytime-activity","evenings":1.7,"scored":272},{"strategy":"gentle-yoga","evenings":1.7,"scored":276},{"strategy":"caffeine","evenings":1.635,"scored":265},{"strategy":"check-up","evenings":0.87,"scored":131}]}}');
CREATE TABLE enrolment (
	id INTEGER NOT NULL, 
	participant_id INTEGER NOT NULL, 
	programme VARCHAR(40) NOT NULL, 
	cadence VARCHAR(20) NOT NULL, 
	policy VARCHAR(20) NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	starts_on DATE NOT NULL, 
	evening_at VARCHAR(5) NOT NULL, 
	bedtime_at VARCHAR(5), 
	exclude JSON NOT NULL, 
	tags JSON NOT NULL, 
	paused_until_on DATE, 
	held_for VARCHAR(12), 
	heard_at DATETIME, 
	next_due_at DATETIME, 
	next_due_on DATE, 
	next_slot VARCHAR(20), 
	ended_at DATETIME, next_reflection_at DATETIME, roster JSON, 
	CONSTRAINT pk_enrolment PRIMARY KEY (id), 
	CONSTRAINT ck_enrolment_status_known CHECK (status IN ('invited', 'active', 'stopped', 'ended')), 
	CONSTRAINT fk_enrolment_participant_id_participant FOREIGN KEY(participant_id) REFERENCES participant (id), 
	CONSTRAINT uq_enrolment_participant_id UNIQUE (participant_id)
);
INSERT INTO "enrolment" VALUES(1,1,'evening','daily','rotation','active','2026-11-16','20:00',NULL,'[]','[]',NULL,NULL,'2026-11-20 01:26:00.000000','2026-11-21 01:00:00.000000','2026-11-20','evening',NULL,NULL,'{"time_zone":"America/New_York","evening_at":"20:00:00"}');
INSERT INTO "enrolment" VALUES(2,2,'evening','daily','rotation','active','2026-11-16','20:00',NULL,'[]','[]',NULL,NULL,'2026-11-18 01:26:00.000000','2026-11-21 01:00:00.000000','2026-11-20','evening',NULL,NULL,'{"time_zone":"America/New_York","evening_at":"20:00:00"}');
INSERT INTO "enrolment" VALUES(3,3,'evening','daily','rotation','stopped','2026-11-16','20:00',NULL,'[]','[]',NULL,NULL,'2026-11-19 01:26:00.000000',NULL,NULL,NULL,NULL,NULL,'{"time_zone":"America/New_York","evening_at":"20:00:00"}');
INSERT INTO "enrolment" VALUES(4,4,'evening','daily','rotation','active','2026-11-16','20:30',NULL,'[]','[]',NULL,NULL,NULL,'2026-11-21 01:30:00.000000','2026-11-20','evening',NULL,NULL,'{"time_zone":"America/New_York","evening_at":"20:30:00"}');
CREATE TABLE flag (
	id INTEGER NOT NULL, 
	participant_id INTEGER NOT NULL, 
	reply_id INTEGER NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	opened_at DATETIME NOT NULL, 
	paged_at DATETIME, 
	escalated_at DATETIME, 
	acknowledged_at DATETIME, 
	acknowledged_by_id INTEGER, 
	CONSTRAINT pk_flag PRIMARY KEY (id), 
	CONSTRAINT ck_flag_kind_known CHECK (kind IN ('crisis', 'urgent', 'medical', 'read')), 
	CONSTRAINT fk_flag_acknowledged_by_id_coach_account FOREIGN KEY(acknowledged_by_id) REFERENCES coach_account (id), 
	CONSTRAINT fk_flag_participant_id_participant FOREIGN KEY(participant_id) REFERENCES participant (id), 
	CONSTRAINT fk_flag_reply_id_inbound_reply FOREIGN KEY(reply_id) REFERENCES inbound_reply (id)
);
CREATE TABLE inbound_reply (
	id INTEGER NOT NULL, 
	message_sid VARCHAR(64) NOT NULL, 
	participant_id INTEGER, 
	check_in_id INTEGER, 
	number_hash VARCHAR(64) NOT NULL, 
	body TEXT NOT NULL, 
	received_at DATETIME NOT NULL, 
	intent VARCHAR(20), 
	score INTEGER, 
	habit BOOLEAN, 
	used_as VARCHAR(12), 
	night_on DATE, 
	reading TEXT, 
	answer TEXT, 
	for_coach BOOLEAN DEFAULT (false) NOT NULL, 
	closed_at DATETIME, 
	CONSTRAINT pk_inbound_reply PRIMARY KEY (id), 
	CONSTRAINT fk_inbound_reply_check_in_id_check_in FOREIGN KEY(check_in_id) REFERENCES check_in (id), 
	CONSTRAINT fk_inbound_reply_participant_id_participant FOREIGN KEY(participant_id) REFERENCES participant (id), 
	CONSTRAINT uq_inbound_reply_message_sid UNIQUE (message_sid)
);
INSERT INTO "inbound_reply" VALUES(1,'SM00000000000000000000000000000000',1,NULL,'b3516a1251c03214be10ec745960d17f48df1544f9f8cff278b8c39eec7142c6','gAAAAABrDGyhrYqpZxvsCIvvQddEB03_42fU8v16N_Q07gkNE0BmSEeFzjddUEsMD_63HF00tWQxUQ645Kza3-x1X1Ms6g1SjQ==','2026-11-16 15:00:00.000000','ack',NULL,NULL,NULL,NULL,'gAAAAABrDGyhsNRcZzj5q84Wrd4q3Yd0i-dkZuq6vb5IzbPmUiFNrcynQQVfNAUAlg1OkmFV63YnLjFILVOdxQbAzQL6cy0wiSqBanVZlmDET2AbfFV2-tVvdYZc2OnK8W_OIAp30QkH_Losjo1YX1IHW_G3KQle14mK7EMb42j_yvSRKzhBTJ_9x22F-86TJ4JcZVrOLcnCK3fbmVLSULIdo1VGpqABWokj9MKmk9Qf9LCtzjJoavGEPM34wDX6NUpKVM3JbP4wfzbzd1bmQUZYazsGFi5Vpdua_zfRddr8Bnd1aUZYTHNsp3-UwfLzlPhTx4LD_VK0bBOD-fP8avV5CLpbBQ8Jvc2V2POfGnkBp2CecLQ2WPx5g47x78HVLo7fH-A40043',NULL,0,NULL);
INSERT INTO "inbound_reply" VALUES(2,'SM00000000000000000000000000000001',2,NULL,'bfd3efdaab69659ae4fc46b8483e6c7250700ae06e3e4ac9b098864165bcdd34','gAAAAABrDGyhXhsfmyFCPVs2_QEYr1slTPkAi85z-9jP-fcSU1e47v5bRPmJicLDHJ4gR-fz5EzMdHnHWRvndwtIyhBBegh3Yw==','2026-11-16 15:00:00.000000','ack',NULL,NULL,NULL,NULL,'gAAAAABrDGyh61uXE1bN8WmJEq4di2iH9VjetVESSdD42JVXkjkJotvdBo_cDEO7mwwM4ZTb6nxqAOMq4e6Y4EFKuRpIMyLC76tK3coqWH7yQOMlWBjt7Im6bWSe0N6MY5odK_NbhewSBeYtk41GoFmORUdC9TN08u5Gi9UBey6OYjjZ2yx2EgABqNMdmeAckVrSEitZXR99kJZMe8fF_WhVtVxIs7WJkqq-WBKkqSPiRqyAQS56LkN3B9N7b45KqLB-UG9vbF-7H8VegSQ0rVW0QtuBRswxu1ilLgnNlhDmKtO45ZvMNCpcvJZKx-5AhoDmtRT1_QaK1gwa2Y1j00kxxsey083DPZnRGDeAL32uPk7IfmYm3Y7vgilj4BO3Ww7iKvRXnP6L',NULL,0,NULL);
INSERT INTO "inbound_reply" VALUES(3,'SM00000000000000000000000000000002',3,NULL,'ae90e4733ec67c5e37470e76b4a4f3c0584596238c5da83a4b891bbeaac87e7f','gAAAAABrDGyhLvC4F2qZwP5BwXUzHAD7jbt4DZu6JUg-1QJdQgi4RxRaDnhofbtiGKdpgre8ocr-R-4ZP4sbb6EeV3zg4C9NWQ==','2026-11-16 15:00:00.000000','ack',NULL,NULL,NULL,NULL,'gAAAAABrDGyhHoJvf92BhUreyqVNXuz_kLVTDqrBzaKWlhJi0EYwwwSwUlyjXZz5oULCWRWiIwsllOS8lDQ6Gz7k0mr5RsZOqy7Vuuu6ILnmqWtat0qr6Jkf2DnHxRjnCEZuGMhrKPolwYnuEsu2xXZrgluFqJyuf2wCHqrdFtK5FUobyxsQBHKh6aueLI81jvLSbTAv-OUNB1ZlqH-Lm5zehGDB-rhwq5B2oh5oXA9qCUUXJNQ4SFXq9E-ltML_nt0gMfSc1hme_BwiuwzhvvYI5nxQ9uoO8t3qlb6K9rcCDjLeY08WnsXN98en24IMcxYigjdx6oN4dq1FOlj466tH4fHCDzs7ERTj5Mqwrc1UKGOIoZHMqUhIhuATva6aY2gdG96tRFfL',NULL,0,NULL);
INSERT INTO "inbound_reply" VALUES(4,'SM00000000000000000000000000000003',1,1,'b3516a1251c03214be10ec745960d17f48df1544f9f8cff278b8c39eec7142c6','gAAAAABrDGyi8iRwfzCFsPr1EbftWribCs_Q_KFsQ2mDooxzbk6ivTK1a7jKX2zUUef4_2KBXC0mR4kn56cOW1vSMSoKAWF9Fg==','2026-11-17 01:26:00.000000','checkin',3,1,'answer',NULL,'gAAAAABrDGyimjQ67iocNlFb_Hg_FFQHQ1uBgZiOCKJwRCWrqFZF7ff8rPB-8TIDPfzRo8R01azKqAHYfxRFF3KlBgFq6DXP2HCoTMaXjx_DZg4kGXN91RLQUMVqDePvF0YGWqq4X9rTuBSg-QvPaXsIG5vrlCIdmNAIAxSA6IucxPdv10aeSjTbj6dFH7co7szCE1Rx2ngA2p-jNhHLtNWr67uezrtmw6D3WElVeWrCNpdaVKzwI382L_2C0Cn7iJwSn4H21xEDF3my7T1hdNUAlvhqkAD7MrC_ljRdn-g8ag7efpl3rS0xl7J4bHrErs0CJSVFxQWNZE1w3KjQtcoxwiSaPjBcSvhAUBs_Trj3LoTPcMTFqWjS4JE94GvZv_XyTmQwgz5NA-SVQmR6AJw3urc-UcddG8HMj6hxbWlfDHPkIyR_RZk4ERaGllRfS67u6nsY1Nfzafup-pXAYtf0hODMx3lhtzjjeTZm7mlmn71KkGAf0R8l6dHFBt8Ib500krgRPJv2VuJF5iYdwVvTj7IbdL9s2nUxeqcZgNzn6KCqhcY8ptITro9s-0tBnInHcP018JXL5dwlNivqu9qsZwWRjyOBPw==','gAAAAABrDGyiJ3iwpi7BXYwZaODBfWDhO2bwfN3hVmWdyIm2twA3-9dANkSxxxW4kXsAnwkOLV6e4Y2LSJNy7qgR_ocGXWIHgQxrXv8pkDOs-5X5WPjgzoxCRrlahhQuZzBGVd3DMKaQ',0,NULL);
INSERT INTO "inbound_reply" VALUES(5,'SM00000000000000000000000000000004',1,4,'b3516a1251c03214be10ec745960d17f48df1544f9f8cff278b8c39eec7142c6','gAAAAABrDGyks-swcYpP_4iPxZlXZKiVaxqAliImnr6n4-qk-smAe-k4F0NSFE7W86xc1MF_skNPwoT9DImrVNdahTidW--MfA==','2026-11-18 01:26:00.000000','checkin',4,1,'answer',NULL,'gAAAAABrDGykB2ipivMiN1c3-W2WPKWLt-_qxDA7cL6habeIZ4sQ5ym7yPTICSr_BwPSPec3elSR1pxWXDf8MZFtQvOXisUQgqMV9LXMc0ZT3siiMDMxtAi8CRauIq1hZIm2s-M57IkGZRNup3ScNkgzFtBJ_meE7kreWTag32mRqpriE5kjEjVed8Yq12s_UwW1h2HPTuaxWrHcm1Fl1WfMpH6Pt-v9fn2HFY1R8syuWgtfVjaTelU6DPQyeVEELLYUS_lUB8ejNMGIg2h3X0ds6sNSnQZNaMqCibWRhmI6QfiO2REv_MAiMC4mEl-ybA1usao1qxLwjt7aF1QIkPCdiDitIODbU_B0CdctllgAbiZqDuVZ8-9RfN3HN_I4TC9XtZoHoC9XaZUWyjlJXllpxc4QZqia7SqbtJjlrZmqj0tN_XbZrZCcWvhy9vhKYTamfUAmfr25nCiXuEFg5NHyd-CAWrUPBUhjXfq7XNzeA3EdtjYgOYGBeKcCxVyG5d2Qh4J9BIRPl2QdZ5VxKVJsknMQWOj4FX1KMC9GjAodjpT6fFSAhcZCtNqhc49VpxruH6pk9fCIBIrWqlOezucwYKNDdEpRWg==','gAAAAABrDGykwUJkl9NBdVD3elrwuYH8dufLF4cz9CX0ioFQaBQ4YbC2puNJiFzrrzUh1xqPr1PGwKj94k45sAGjf-99f-TGEORAmPt9feNuPFDRzgqjqfua4KQdXlFQRYeAsjnui_PsmXndCuRL6okO8Zr02jQffWEZM2B6nvgsolQ-2eemJsauD7qXmFtsr2KB5CKqEPj5',0,NULL);
INSERT INTO "inbound_reply" VALUES(6,'SM00000000000000000000000000000005',2,5,'bfd3efdaab69659ae4fc46b8483e6c7250700ae06e3e4ac9b098864165bcdd34','gAAAAABrDGyktnSedUPhTxENQ70tFvTxhJfXAxQhS1D2_JeP74kfPZ_1QWZanj5Cxrj5Y4VB4pvZTdFb-FICBLujov9QAdio_A==','2026-11-18 01:26:00.000000','checkin',7,0,'answer',NULL,'gAAAAABrDGyk7iQXxTGG1W044ENyF3EfWYyVUa0vnkqtlLJsXUCZ6_C3mfWG4n1JSzkpVj1x_W_R3lnx0tEsxQUs640jyc4taMtWlarpHca8M93qUrsBAbxR5zWHdgsjny8U45UdSW-nW30Z5t3_mwxrsJO8n7AiOAVdQPYt6kucZGGNrEAKaZmnzuRGQNiYq8QN6yaYF-k7pFOwxN13CTlfcnUL22bQLyMCxXX9UWwAH8goho3_Yd3o_tE9A24pwmhlXMn5U5hfF8RM2CDjNG265DJw-KY9zOjjik8kXnbMZVlD8M9Udl7gz-4RzSrKmYsnWVpXRVhhqaLGhtMCT9djyFn4xDnqecZ01Rlw_PTu_dcN2zx39XNWxgLg3DzgsOI1nKCfc-nVtFTC7_UcNK5FOyau_RYOX1mVybRBXvPGGr3WoJsRcMpF1qsFWWW2_zOVi6fKBHY2W_A7bHWbqnyH0TS_l8FTFCzb2AmdbggPkw-rB_VZhdtrg75fQxQJqpoypBWpQ2YPCmzRlXogiYaiuntc2OY_bQgWVzXUI8R0yl7WVEFcjroyXo3_xtVuyc4XEBEI9aLfVbn9-zYyj7gnnBWwwEitAelYVTrQXsb-zml3iozvdxhJRAWpKh5GwtVMgGW1MRdO669lT3gfnl5tELrQsVK5JMrxkJ22Ao0pRh43UcIJnKcCktAPbnQYX2eoxbSQvxU1zDLn5qULJEyyhchMyLgfIA==','gAAAAABrDGykdPxsnx11Q2OjNEIOQUl18UASDXStuz6j71OUQ_YRm3DVWeoyuoy9E9fmJgwvqqmmQE_rkFgWbfg6sTEGUQYBMWDEdMSWfl7WslkbFqaM2MigenCA0J4hBHvRwiqiaV6osb8BS14LQR-uMe77eXdZy0uxY84Ws4ByKzNU4M5C6MhFF8A0B4OZyBV6pggbpwwfNjGkVbUiv3FN8VVZKST3hg==',0,NULL);
INSERT INTO "inbound_reply" VALUES(7,'SM00000000000000000000000000000006',1,7,'b3516a1251c03214be10ec745960d17f48df1544f9f8cff278b8c39eec7142c6','gAAAAABrDGynPnmJ_xgG4b_BO-9rZPFfi14iWsoLT8srLeWBEkcxxmqlqNnsANDRoz3dArY46iFVImSGciaVaM3lIqQMi3UFAQ==','2026-11-19 01:26:00.000000','checkin',5,1,'answer',NULL,'gAAAAABrDGynrDqOXu1DYl0DsoS6B2NGSL0SYUHif0Wf_hudrEytwgwu5Huy92SRa0KklbqNKQXktUwZD23q_PUUbCCxG4o2pC8Tooj7kIB2xF76efTY4cHiH-QGYUxGvPKbeMlhzj1hazp0HyHeLEl2Ig1R6SHnZ9CbgRH6xHvmscJq60Dua61s22ON6kSVxltHxS8Fcjdnnv7Idj7tykCIpkiKnW6g-uM9Xq4UZuMbbRKBv_x-GB3MdvMeQ5bk6zMZpfPY3-rib0c60gRn_FKUlti5_DnfDcSir9UKCwAUhmK9kKYZVosJAzRo8AVNS6CXP7qV4L0xiNPu0QNjdO4_AXGxEOs_KpojxE3TYSBdfNZUk4zUzF8C6Nm-KsnniQzWrqLQN43c0jmCxj9lyMAWNtvBcRxIC7-DeUO97Iosi57IdO0u5hDO-zu0uAfMmHMUzuuw7hIi2c1MkJWgfsVGRD6BDLiRWVcLBpRm44pmWSSRjuNgFl7aeNsmN9Qc7hfeIPykL2KGyS2hHCpVzdx7KzkRNsjDckIutgTwABQTPs5jK7dvLqG5S-BHa7jXTpBcrluXw73B1sMv__Gd9b_tnp1Au0Pm_A==','gAAAAABrDGynlkUq5VVasxtH1dRQndu_o8V7_IV2w_RLutKLhyOpNwrgapUVskBO2rA-_xScZ58L5cvdzbhvjYaMafyaolkVfCDi5VmAs92F4aYZbtSq_zOLTkb2yc7zR4HfWly7waogX1weRM5N4k2HB2RFoNa6xFYylTN-kdfMSQWFSYl5SttI-3JWjxMNRV6DIPmvBp4s',0,NULL);
INSERT INTO "inbound_reply" VALUES(8,'SM00000000000000000000000000000007',3,NULL,'ae90e4733ec67c5e37470e76b4a4f3c0584596238c5da83a4b891bbeaac87e7f','gAAAAABrDGynnngqB7FyINC-KwU60OcDZkt0ZnV5_IvJBF3CT-N2FcnqqKhw03hUFFjhdt8kfx5BTgLlYqFw0YPK4TJIcvLlPA==','2026-11-19 01:26:00.000000','opt_out',NULL,NULL,NULL,NULL,'gAAAAABrDGynCnxUBy_1KUzCv0KCo296Ke9LEx8oCqMyr6RUWEX-S-2jiudKPMtrQaxiTgpgKoLvkMSSv9oZs9RRklWi4uhFnE_Qv3M9zPoOnDRrRxmD9gMRaQJwgmM9hbkiV587z4xehgJHLFi8Bq90_Ci-JgHot4VVakBUnD2XIItWIldpmDJ4XhQ7rcyamXYIYX9HRJ4MaBphVSIVerR4WQp5z716PTFczfctAMsiM9ZE__vVR_TbezvoQ2pY5xrF3R-gu9NXYeumKTsEbHFQBuF-l2sqAY7KeJGIod6_9zz1yRZIfSLPJys-kdeg94iOK-2KkRN_EkRMTswEwuyTqkoMA0DRg0t1ygek6AlvQLK__MqY9WNctqOu5cJS66i-593m4xWbsX3BhVN60oK6uxHFcvG5FaCvK3o1zPEoStcuxSIEotHthABqJuGddBVJbP1DI10e4TVEkHlWsFV1Dib2SFmzj6lGii3HjA2ohhHnYsrWWf8_EngpJ5zhOMrxljba45k6',NULL,0,NULL);
INSERT INTO "inbound_reply" VALUES(9,'SM00000000000000000000000000000008',1,10,'b3516a1251c03214be10ec745960d17f48df1544f9f8cff278b8c39eec7142c6','gAAAAABrDGyqTX54IyEGPFtNNXIz2KcrZYagTe24zCztQxZpMZSnGJKiyzJnKgw6m6YCVAHDV7g8Bpdl2Z0a6h3Bt52OVagkDQ==','2026-11-20 01:26:00.000000','checkin',6,1,'answer',NULL,'gAAAAABrDGyquJmds09jmOM88QBNDECIqjm-EVmSBk0jg8ITxKjYQfHTx9tFTscGqYfzcV6xK1CEPwXRTUowNBqwlW7Xny6Wpr2T7jSntVK07yG_aXamQRGFDycKGKA0E6pU3XchuD3QS-h2Eax82GxdsBwNJKAMG3ZmTfFC59-3wx498cfWsA3o9iOTiOkigjqjjQVioCHr6jLcCaTHTyKVBVnDzQmp4qKGAmV6FGJCvTimY7LmZz0SbzIINcWAjdp1J-r47CFB2Mr30nOIpijOCI1rerKiVVf2GGSYsRI50wcf7rodJtGZpRSKW7aQxZ2A_vDtEi9fxR6tHNszqHaY9WdfZx94P12plhCVNICDtm-hfFW-SpHQDBlhm2TLF4r-Dq5PcCnvscv7c4Yc2ZSroyIaSrDNpFa97FZ0bS3hoz7HDnu8lLEk7gB1Zyk7n4WSe2b6qrrUTw6UO8ICGAcxMARSDoXEA1yR_8X8EhbN6s3JqEPhNKZKN4oeHXGr2eb_3fkFZsrW97DIKLGB12jwhsvv-HBl1mJBxvD7XKnZuu7ilFug0iNSvJYj4t_lQAll55Cty7XhIVMgthfmq-Fae9qTcIs4jg==','gAAAAABrDGyq3ovCJnMFRBxspvAFG5UC9hvZayCdyleOhRIozdaPbUe6cOKaDnK7t31eh78hKe9-In7AJBoeddh2c6Pgbkq2XdXnFzbIWbg00quIeWCJz__IyAukR8sSOAqueHsrsBNKBnQMqZ07syFXqxA_gYhL9aStuz2k6ixc6YI39iQPaQ30tPFF_j75GeyIHArM8M5swDvqi6Ka95qKnR4q8PcSyw==',0,NULL);
CREATE TABLE installation (
	id INTEGER NOT NULL, 
	secret TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_installation PRIMARY KEY (id)
);
INSERT INTO "installation" VALUES(1,'gAAAAABrDGyfeAqBDYEegO90WXLwNTO5uZB-PvmNr_G2h4-7NZ5TA0dAn3oXFc6rK9HqplzSkyr79gphrqbVAn7jXJL6sOrGR7kHY-BjZpBALTpa5DXfALHpJmTiO-w5LYWWNjWt0oGUa7dhDR_g__gYpY_hAJdSTKLe8dy2EDSr_OjaNiW5np0=','2026-11-16 15:00:00.000000');
CREATE TABLE mail_message (
	id INTEGER NOT NULL, 
	coach_id INTEGER NOT NULL, 
	flag_id INTEGER, 
	kind VARCHAR(20) NOT NULL, 
	subject VARCHAR(200) NOT NULL, 
	body TEXT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	due_at DATETIME NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	sent_at DATETIME, html TEXT, period VARCHAR(12), claimed_at DATETIME, reason VARCHAR(40), 
	CONSTRAINT pk_mail_message PRIMARY KEY (id), 
	CONSTRAINT ck_mail_message_state_known CHECK (state IN ('queued', 'sent', 'failed')), 
	CONSTRAINT fk_mail_message_coach_id_coach_account FOREIGN KEY(coach_id) REFERENCES coach_account (id), 
	CONSTRAINT fk_mail_message_flag_id_flag FOREIGN KEY(flag_id) REFERENCES flag (id)
);
CREATE TABLE note (
	id INTEGER NOT NULL, 
	participant_id INTEGER NOT NULL, 
	coach_id INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	written_at DATETIME NOT NULL, 
	CONSTRAINT pk_note PRIMARY KEY (id), 
	CONSTRAINT fk_note_coach_id_coach_account FOREIGN KEY(coach_id) REFERENCES coach_account (id), 
	CONSTRAINT fk_note_participant_id_participant FOREIGN KEY(participant_id) REFERENCES participant (id)
);
CREATE TABLE outbox_message (
	id INTEGER NOT NULL, 
	enrolment_id INTEGER, 
	coach_id INTEGER, 
	decision_id INTEGER, 
	kind VARCHAR(20) NOT NULL, 
	slot VARCHAR(20), 
	local_on DATE, 
	body TEXT NOT NULL, 
	text_id VARCHAR(60), 
	text_version INTEGER, 
	token VARCHAR(32) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	due_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	claimed_by VARCHAR(40), 
	claimed_at DATETIME, 
	lease_until_at DATETIME, 
	provider_sid VARCHAR(40), 
	error_code INTEGER, 
	reason VARCHAR(40), 
	accepted_at DATETIME, 
	settled_at DATETIME, 
	created_at DATETIME NOT NULL, doubted_at DATETIME, 
	CONSTRAINT pk_outbox_message PRIMARY KEY (id), 
	CONSTRAINT fk_outbox_message_coach_id_coach_account FOREIGN KEY(coach_id) REFERENCES coach_account (id), 
	CONSTRAINT fk_outbox_message_decision_id_decision FOREIGN KEY(decision_id) REFERENCES decision (id), 
	CONSTRAINT fk_outbox_message_enrolment_id_enrolment FOREIGN KEY(enrolment_id) REFERENCES enrolment (id), 
	CONSTRAINT uq_outbox_message_enrolment_id_slot_local_on UNIQUE (enrolment_id, slot, local_on), 
	CONSTRAINT uq_outbox_message_provider_sid UNIQUE (provider_sid), 
	CONSTRAINT uq_outbox_message_token UNIQUE (token)
);
INSERT INTO "outbox_message" VALUES(1,1,NULL,1,'nudge','evening','2026-11-16','gAAAAABrDGyiVvETQzk8SH4_TJqibfWMgFtIvj1i_GNI_CllPVosX1NRY-4Seu8aln91KequatPnfWc3elcSl5XQknUwfrHHqcDfl1zz6Fx9UFRq-bcOHxT-3z6DmNOKeyD4k2yI7Km3iog9j7YJOyIKtN9oDCfu1lVJpj5MI5wJPIbMebkaQuB4l3HM99qapLaVEbvT2BdwbI-s5iw_FbdVKVUbiID0uRgGE2GNw9b8JYEHtqgQTmDAyJhX-_afYba60zQIfauKiid2IubvZDGhd_LPvmVoMQ==','stretching.4',1,'2026111623ad20269d28ecd7f53bbc1b','accepted','2026-11-17 01:00:00.000000','2026-11-17 02:00:00.000000',1,'vm-32356','2026-11-17 01:00:00.000000','2026-11-17 01:00:00.000000','SM00000000000000000000000000000000',NULL,NULL,'2026-11-17 01:00:00.000000','2026-11-17 01:00:00.000000','2026-11-17 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(2,2,NULL,2,'nudge','evening','2026-11-16','gAAAAABrDGyiWf08PqI6QufFtKN2_xEUuzhxz7oftm8uj_SGXDkVs26eurT7kFScns2is4G8oHGlnrtPoszJA0ThYh4tCrL51mG3EfaY0kJvwJvDl1Wa1qBWMxzoqmwddgQnMlsFwg5tDtgmEd5-zAG2Ns9b5ci1-wUMcrQYY9_dhZuiG86l090AXxnhRMqfEcw1l5cN39QE04nZofWTJCJ3Nsmb9ECi0gIwh-XxJQLFRh36U5dnLcaOYBCz8vqjoqixA99TRMYDriD5NJeqx0T7GsI-Urq9jg==','move-when-it-starts.4',1,'2026111614211226a83368db2174d883','accepted','2026-11-17 01:00:00.000000','2026-11-17 02:00:00.000000',1,'vm-32356','2026-11-17 01:00:00.000000','2026-11-17 01:00:00.000000','SM00000000000000000000000000000001',NULL,NULL,'2026-11-17 01:00:00.000000','2026-11-17 01:00:00.000000','2026-11-17 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(3,3,NULL,3,'nudge','evening','2026-11-16','gAAAAABrDGyiXu0vWYCUHQN2FwGrvtDfW7LuwgfOKY5cvwSsnbZyfz4Z6ALm84PeptNCtspg3TGE1UFrm187dPhUD8JoJvtBppbJcH2stZLPSPAlM7L3dBEycVlkcA1ZA2TsweBcI3MjorYPwFKdV6C5sNmiZDRm4F6P4OFK886mGbCjGsBzVwrll5_IDwv_y9kCHKFdG4Qzzx0UybrmJqhYPeg4ErA0HIRaYpq3WMVmgOqvrvyMfgRbEfyQ-U_DPIu3li_xhfuE-XLuVysPRP1-q7m_uy0eSA==','mindfulness.3',1,'20261116e7d9a4cfa71903a8bd5c459b','accepted','2026-11-17 01:00:00.000000','2026-11-17 02:00:00.000000',1,'vm-32356','2026-11-17 01:00:00.000000','2026-11-17 01:00:00.000000','SM00000000000000000000000000000002',NULL,NULL,'2026-11-17 01:00:00.000000','2026-11-17 01:00:00.000000','2026-11-17 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(4,1,NULL,5,'nudge','evening','2026-11-17','gAAAAABrDGykHiXyO6otyenN6ka5tN-uzENuD6RtGcS1seT1f0IW4hi_UUqw8VU6X-sUtUmeWoD6c2cc4C0tYw4ptdTVa7t4Jns3Tzv4TXSuhdZSNH1tzQfNwmpSeItP3CQAq7vLFWwVHOFJfxk18CXVv6REMJdjS6lOaVGnqqPeG7JZ-JIZW20hRZ9TRHkzEO8USbLxNelijPhX9eTiAAlUZoKn8EBwWtUKCqzA3amrc8fozfrq0iAfFgvCQ6MgfFUrg2mgQZqny3VVJgSbiJscSQL93Ato-g==','gentle-yoga.1',1,'202611177cad8b2c8a8b5cea250d0942','accepted','2026-11-18 01:00:00.000000','2026-11-18 02:00:00.000000',1,'vm-32356','2026-11-18 01:00:00.000000','2026-11-18 01:00:00.000000','SM00000000000000000000000000000003',NULL,NULL,'2026-11-18 01:00:00.000000','2026-11-18 01:00:00.000000','2026-11-18 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(5,2,NULL,6,'nudge','evening','2026-11-17','gAAAAABrDGykdJXmBXJtx65e06mq8Z5CRxwtMesrG4kAUdRm9O303hnC_ihicq-khqpXFvaPmMa5LLzDRMjGLlZhSdVCfXfFegnDZ3M7fG_3d4Zz2V6cugCxgMrqL1_iXasYT0ucbi1OWjWt9XTNzeKBWXaRRMy3SQOJx-EWftBTh0Gf1b56V7FJ2SP0fHLfB97GZ5gdSzO55TexVF2FPH3Q1z0H5jRpOBCR3ctY5gbWWvifCZaHcfeGKlZMP99Og_xlqeahDv6mPOLXgEzeTmrVNJEUeicZMg==','stretching.3',1,'202611176a7e87af3edb26ebf9d3e87b','accepted','2026-11-18 01:00:00.000000','2026-11-18 02:00:00.000000',1,'vm-32356','2026-11-18 01:00:00.000000','2026-11-18 01:00:00.000000','SM00000000000000000000000000000004',NULL,NULL,'2026-11-18 01:00:00.000000','2026-11-18 01:00:00.000000','2026-11-18 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(6,3,NULL,7,'nudge','evening','2026-11-17','gAAAAABrDGykyUcJ7vqBLfaB3RCUdZ8BABoFFmMUaaDMS3p5uXGaFQ-T__XHzf7MgpvYPQi42wbi7lcnRqFywhxY03955uiJJPgZp1q99DGKym0P7Us4H794VB0WerZmKEvEdbEmgXdCK1-hj4srs7RDrTWE2Va57Bh99Bm7Di0TO2B57-LR4DcTc8FgGlCNzCyvFNyvuEQuUAQrTqxeNJVZ2z9BtGAEldm8KR5PdNbBDjbIHdiAXb-ys7P8qCn7ehP4X3s9LRrqpCj_JcUCOujpNmDrFZ4n8g==','stretching.6',1,'20261117e42740eeed2183ec7bc2d0b1','accepted','2026-11-18 01:00:00.000000','2026-11-18 02:00:00.000000',1,'vm-32356','2026-11-18 01:00:00.000000','2026-11-18 01:00:00.000000','SM00000000000000000000000000000005',NULL,NULL,'2026-11-18 01:00:00.000000','2026-11-18 01:00:00.000000','2026-11-18 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(7,1,NULL,9,'nudge','evening','2026-11-18','gAAAAABrDGynBfJE0vFPpixaFrMaVBWKPLAqfKypQ2XkSzTnsc3giAngNuN0W2pF6M16B2LSP4E4kvU5s-sQbe5X3WljboWRSTdDxpv2TgJsKs-8VTmxPGqP7WvdNE_WQ4FEckf-zM3cwXty1migt3gH-I7-RvoOPACx2or8z_vbMMVzYHVy4XLRlDTWWQf8VxAfrXplvkthguBojI_JqUJR49BFmCKMJ3jNM1TyC6YoSUSFHaR1TLDaKQ7OFqC9eDpoBvKEx2af-_dojnVYzC48PywmbATqGQ==','iron-rich-food.2',1,'20261118c2707f457b40c9d43171f19e','accepted','2026-11-19 01:00:00.000000','2026-11-19 02:00:00.000000',1,'vm-32356','2026-11-19 01:00:00.000000','2026-11-19 01:00:00.000000','SM00000000000000000000000000000006',NULL,NULL,'2026-11-19 01:00:00.000000','2026-11-19 01:00:00.000000','2026-11-19 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(8,2,NULL,10,'nudge','evening','2026-11-18','gAAAAABrDGyn_GEJ7DA-oen9aIVWD4v3sMpTK_4Ghnp4g_po_W_bXK4d-FbLWdyJIA-xNwR2z_LSdZl-WlTWED5z9R086Kpub-mrXh4liU1ay3LztS-XbZpYEJY_cj090V4Y1TmJ2LGBTWGM0-9-poK0xZWnvEW8EKFUmCVS0ZlNhkYuWbhrPVVLRNBkTi5B0U_FWo7vH7ww2xXmRbsqeedge9vQgGBx5QquuAU7tbyOMMQXq30nxa0RcU4FDyZLdr_FK5fVzuQieCl_-AvnfOupma5zK8TPQg==','screens-off.5',1,'20261118729f112f4023fedb01069d1e','accepted','2026-11-19 01:00:00.000000','2026-11-19 02:00:00.000000',1,'vm-32356','2026-11-19 01:00:00.000000','2026-11-19 01:00:00.000000','SM00000000000000000000000000000007',NULL,NULL,'2026-11-19 01:00:00.000000','2026-11-19 01:00:00.000000','2026-11-19 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(9,3,NULL,11,'nudge','evening','2026-11-18','gAAAAABrDGynRHnHxTGPp0A9-ar8sQnJxjN61wd99Z7R8YYkLlAPeXpJM72bsuHIKSaIy7NYXPe6VQL8lCA4XOoeTWg8tO0mCDAejSoxu3vZOodLw8mhbRG1yw4lm-IGZvuq9SsncRMr1hLuMKMDbllMhByYfyHGdAY38DBFUQV4bAGZtdiaujzDqluiBxvah082956G7o7arZ2Uwfqj1ihprtI-Wwdv9LtLelWi_N_rtrN1sjdN6oMhZiWnYS8wh7oNajcM_W8Yg3YJ9WBNuzxGfYpzu_Awvw==','iron-rich-food.4',1,'202611182886ef8b4c520d07c407c7aa','accepted','2026-11-19 01:00:00.000000','2026-11-19 02:00:00.000000',1,'vm-32356','2026-11-19 01:00:00.000000','2026-11-19 01:00:00.000000','SM00000000000000000000000000000008',NULL,NULL,'2026-11-19 01:00:00.000000','2026-11-19 01:00:00.000000','2026-11-19 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(10,1,NULL,13,'nudge','evening','2026-11-19','gAAAAABrDGyqStb9UONDALUqU70AAYvVJaFwUELUc5DImskniW5-eE5sxE52RmtpOMfCFmFFwaFyLQWJgtWNkIMoPeLQeP-luc24TmyoeUE_GSHtxSZeLn16ptvdTzwUNx2q5hKPEgAYy9CejNM9Gb_KMxVJcqq99OHaNwydEdS8z5-ZSIlJdxiVr7guTp29YL5C8wQTCQaBLkdwP913sl3_WUuitKHmDWGZ72MR7BbzgkC1Jl9hTTg1prJcX6I-OizFkhzpabVBttwHM8U0-qVvxT95-P5ldw==','restful-room.3',1,'202611193b27801fded968bdecf95846','accepted','2026-11-20 01:00:00.000000','2026-11-20 02:00:00.000000',1,'vm-32356','2026-11-20 01:00:00.000000','2026-11-20 01:00:00.000000','SM00000000000000000000000000000009',NULL,NULL,'2026-11-20 01:00:00.000000','2026-11-20 01:00:00.000000','2026-11-20 01:00:00.000000',NULL);
INSERT INTO "outbox_message" VALUES(11,2,NULL,14,'nudge','evening','2026-11-19','gAAAAABrDGyqIEH9FzXLTxXVzVFZCJ7R-td2N-AgQE9yQaPwdYDC3ipcAt7Oesy-XURD5EwqjD_yxTC-jFm9lYnn4ttHj8WSH9Rwb7dOC5un4-uJTfid9VGJo02SsCiueTQYaRX1DeUkKryqCtvC1cC7dBR7jmZfahCbSTX59pYeHyhSpFfvik--gRbojOQs72Bo1DLiGRzeq446RujyIAJfTh4-hwnMCzk3vNkyDVvpPkttLK0-JozYVSu_kbc9XMBdi9lICIMJ0Fzsq5i1kQFInxvqTaivaw==','restful-room.5',1,'202611199986aa241ec992b32bd452d9','accepted','2026-11-20 01:00:00.000000','2026-11-20 02:00:00.000000',1,'vm-32356','2026-11-20 01:00:00.000000','2026-11-20 01:00:00.000000','SM0000000000000000000000000000000a',NULL,NULL,'2026-11-20 01:00:00.000000','2026-11-20 01:00:00.000000','2026-11-20 01:00:00.000000',NULL);
CREATE TABLE participant (
	id INTEGER NOT NULL, 
	clinic_id INTEGER NOT NULL, 
	coach_id INTEGER, 
	phone TEXT, 
	number_hash VARCHAR(64) NOT NULL, 
	first_name TEXT, 
	language VARCHAR(8) NOT NULL, 
	time_zone VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, erased_at DATETIME, 
	CONSTRAINT pk_participant PRIMARY KEY (id), 
	CONSTRAINT fk_participant_clinic_id_clinic FOREIGN KEY(clinic_id) REFERENCES clinic (id), 
	CONSTRAINT fk_participant_coach_id_coach_account FOREIGN KEY(coach_id) REFERENCES coach_account (id), 
	CONSTRAINT uq_participant_clinic_id_number_hash UNIQUE (clinic_id, number_hash)
);
INSERT INTO "participant" VALUES(1,1,NULL,'gAAAAABrDGyfNBw_oKptj9Rwy3V4yXctaRKcwd0atGLDMT-WH09p8I2qtPPjaXBxEA4aAwN1BjHFS3Ml0-Nyp7qLzybp0wh8JQ==','b3516a1251c03214be10ec745960d17f48df1544f9f8cff278b8c39eec7142c6','gAAAAABrDGyfCIZDlnsgCJ2p8xpp7g4E-i-FXHzFKHYajlORnNx1JHUASI5OAOlBMQl7TvYux3OjKhnaK6lKlM5WHdheTPFmCg==','en','America/New_York','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "participant" VALUES(2,1,NULL,'gAAAAABrDGyfP6WoETsyFeiTWTltLC5GLbxeyEx_49n5KTyr4g1z6VroWOzEy2ZpjVFYbh6OghZtIU9fBFrX2tMFcYZGJuCwjA==','bfd3efdaab69659ae4fc46b8483e6c7250700ae06e3e4ac9b098864165bcdd34','gAAAAABrDGyffaU1qmLt5PFMSnu9xSjd22J19QQFFX86pBIC2TXtbSnpkZ-U-DZQxs3dMZp9jG8ITEL63laNm2PWyJ0KqVWeTQ==','en','America/New_York','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "participant" VALUES(3,1,NULL,'gAAAAABrDGyfRnLEeiMTuUCtk_zKFS60nzbchD1qBltVMAp3636li9OVRPFu51NSuNPv8aiie4U96Ii_Wi12Hvv5YUjGSr7-Hw==','ae90e4733ec67c5e37470e76b4a4f3c0584596238c5da83a4b891bbeaac87e7f','gAAAAABrDGyf1EoCxOWMbzZDEz30-nkMiYqJoTzZhrSeQKBgRKgx9p4z4rgAe2MnnvjcX1nmUAQTY64kiWVLQoCGGbPE07BpTw==','en','America/New_York','2026-11-16 15:00:00.000000',NULL);
INSERT INTO "participant" VALUES(4,1,NULL,'gAAAAABrDGyfCitKTcc5Sm52V2kwuGYoIjxwFkAQkMupKXPiUzIZzMhglB-bvPjwQQxde_omqBHh25fcwcm3LhLpI0bFVWx_6w==','69fd35c1266a2e3518ab06a3a97065028b73786a53560a69a3b0139f7d0fd239','gAAAAABrDGyf68aZ8kV-5JUbhnguFf30SMvj4_Eabnpg4bSD3o6mVYGOFzySlub61O_QcCStu7IyOr4Ql_q02GXU4vii3TgI5w==','en','America/New_York','2026-11-16 15:00:00.000000',NULL);
CREATE TABLE periodic_job (
	name VARCHAR(60) NOT NULL, 
	done_for VARCHAR(20) NOT NULL, 
	done_at DATETIME NOT NULL, claimed_by VARCHAR(40), lease_until_at DATETIME, 
	CONSTRAINT pk_periodic_job PRIMARY KEY (name)
);
INSERT INTO "periodic_job" VALUES('retention','2026-11-19','2026-11-19 09:00:00.000000',NULL,NULL);
INSERT INTO "periodic_job" VALUES('summaries:1','2026-11-19','2026-11-19 11:00:00.000000',NULL,NULL);
INSERT INTO "periodic_job" VALUES('effects:1','2026-W46','2026-11-16 15:00:00.000000',NULL,NULL);
CREATE TABLE provider_deletion (
	id INTEGER NOT NULL, 
	provider_sid VARCHAR(64), 
	phone TEXT, 
	since_at DATETIME, 
	what VARCHAR(8) NOT NULL, 
	due_at DATETIME, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	reason VARCHAR(40), 
	CONSTRAINT pk_provider_deletion PRIMARY KEY (id)
);
CREATE TABLE reply_claim (
	reply_id INTEGER NOT NULL, 
	coach_id INTEGER NOT NULL, 
	claimed_at DATETIME NOT NULL, 
	CONSTRAINT pk_reply_claim PRIMARY KEY (reply_id), 
	CONSTRAINT fk_reply_claim_coach_id_coach_account FOREIGN KEY(coach_id) REFERENCES coach_account (id), 
	CONSTRAINT fk_reply_claim_reply_id_inbound_reply FOREIGN KEY(reply_id) REFERENCES inbound_reply (id)
);
CREATE TABLE sender (
	name VARCHAR(64) NOT NULL, 
	next_free_at DATETIME, 
	shut_until_at DATETIME, 
	shut_for VARCHAR(20), 
	trips INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_sender PRIMARY KEY (name)
);
CREATE TABLE stale_week (
	participant_id INTEGER NOT NULL, 
	week VARCHAR(8) NOT NULL, 
	CONSTRAINT pk_stale_week PRIMARY KEY (participant_id, week), 
	CONSTRAINT fk_stale_week_participant_id_participant FOREIGN KEY(participant_id) REFERENCES participant (id)
);
CREATE TABLE standing (
	participant_id INTEGER NOT NULL, 
	last_on DATE NOT NULL, 
	computed_at DATETIME NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	rank INTEGER NOT NULL, 
	prompted INTEGER NOT NULL, 
	answered INTEGER NOT NULL, 
	steps_asked INTEGER NOT NULL, 
	done INTEGER NOT NULL, 
	undelivered INTEGER NOT NULL, 
	score_sum INTEGER NOT NULL, 
	score_n INTEGER NOT NULL, 
	CONSTRAINT pk_standing PRIMARY KEY (participant_id), 
	CONSTRAINT fk_standing_participant_id_participant FOREIGN KEY(participant_id) REFERENCES participant (id)
);
INSERT INTO "standing" VALUES(1,'2026-11-19','2026-11-20 03:26:00.000000','on_track',10,4,4,3,3,0,18,4);
INSERT INTO "standing" VALUES(2,'2026-11-19','2026-11-20 03:26:00.000000','on_track',10,2,1,1,0,0,7,1);
INSERT INTO "standing" VALUES(3,'2026-11-19','2026-11-20 03:26:00.000000','stopped',6,1,0,0,0,0,0,0);
INSERT INTO "standing" VALUES(4,'2026-11-19','2026-11-20 03:26:00.000000','new',9,0,0,0,0,0,0,0);
CREATE TABLE suppression (
	number_hash VARCHAR(64) NOT NULL, 
	reason VARCHAR(40) NOT NULL, 
	since_at DATETIME NOT NULL, 
	CONSTRAINT pk_suppression PRIMARY KEY (number_hash)
);
INSERT INTO "suppression" VALUES('ae90e4733ec67c5e37470e76b4a4f3c0584596238c5da83a4b891bbeaac87e7f','text message','2026-11-19 01:26:00.000000');
CREATE TABLE weekly_summary (
	id INTEGER NOT NULL, 
	participant_id INTEGER NOT NULL, 
	week VARCHAR(8) NOT NULL, 
	version INTEGER NOT NULL, 
	computed_at DATETIME NOT NULL, 
	prompted INTEGER NOT NULL, 
	answered INTEGER NOT NULL, 
	steps_asked INTEGER NOT NULL, 
	done INTEGER NOT NULL, 
	not_done INTEGER NOT NULL, 
	no_reply INTEGER NOT NULL, 
	undelivered INTEGER NOT NULL, 
	not_prompted INTEGER NOT NULL, 
	score_sum INTEGER NOT NULL, 
	score_n INTEGER NOT NULL, 
	baseline_sum INTEGER NOT NULL, 
	baseline_n INTEGER NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	reasons JSON NOT NULL, not_prompted_for JSON, 
	CONSTRAINT pk_weekly_summary PRIMARY KEY (id), 
	CONSTRAINT fk_weekly_summary_participant_id_participant FOREIGN KEY(participant_id) REFERENCES participant (id), 
	CONSTRAINT uq_weekly_summary_participant_id_week_version UNIQUE (participant_id, week, version)
);
CREATE TABLE worker_heartbeat (
	worker VARCHAR(40) NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_worker_heartbeat PRIMARY KEY (worker)
);
INSERT INTO "worker_heartbeat" VALUES('vm-32356','2026-11-20 03:26:00.000000');
CREATE INDEX ix_audit_event_clinic_id ON audit_event (clinic_id);
CREATE INDEX ix_audit_event_subject ON audit_event (subject);
CREATE INDEX ix_coach_account_clinic_id ON coach_account (clinic_id);
CREATE INDEX ix_coach_account_number_hash ON coach_account (number_hash);
CREATE INDEX ix_participant_coach_id ON participant (coach_id);
CREATE INDEX ix_participant_number_hash ON participant (number_hash);
CREATE INDEX ix_consent_event_participant_id ON consent_event (participant_id);
CREATE INDEX ix_enrolment_due ON enrolment (next_due_at, id) WHERE next_due_at IS NOT NULL;
CREATE INDEX ix_outbox_message_coach_id ON outbox_message (coach_id);
CREATE INDEX ix_outbox_message_decision_id ON outbox_message (decision_id);
CREATE INDEX ix_outbox_message_queued ON outbox_message (due_at, id) WHERE state = 'queued';
CREATE INDEX ix_outbox_message_unsettled ON outbox_message (lease_until_at, id) WHERE state IN ('sending', 'unknown');
CREATE INDEX ix_delivery_receipt_outbox_message_id ON delivery_receipt (outbox_message_id);
CREATE INDEX ix_delivery_receipt_provider_sid ON delivery_receipt (provider_sid);
CREATE INDEX ix_inbound_reply_check_in_id ON inbound_reply (check_in_id);
CREATE INDEX ix_inbound_reply_number_hash_received_at ON inbound_reply (number_hash, received_at);
CREATE INDEX ix_inbound_reply_participant_id_received_at ON inbound_reply (participant_id, received_at);
CREATE INDEX ix_flag_acknowledged_by_id ON flag (acknowledged_by_id);
CREATE INDEX ix_flag_participant_id ON flag (participant_id);
CREATE INDEX ix_flag_reply_id ON flag (reply_id);
CREATE INDEX ix_mail_message_coach_id ON mail_message (coach_id);
CREATE INDEX ix_mail_message_flag_id ON mail_message (flag_id);
CREATE INDEX ix_mail_message_queued ON mail_message (due_at, id) WHERE state = 'queued';
CREATE INDEX ix_enrolment_reflection ON enrolment (next_reflection_at, id) WHERE next_reflection_at IS NOT NULL;
CREATE UNIQUE INDEX uq_mail_message_period ON mail_message (coach_id, kind, period);
CREATE INDEX ix_audit_event_hash ON audit_event (hash);
CREATE TRIGGER audit_event_not_updated BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_event_not_deleted BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE INDEX ix_standing_computed_at ON standing (computed_at);
CREATE INDEX ix_note_coach_id ON note (coach_id);
CREATE INDEX ix_note_participant_id ON note (participant_id);
CREATE INDEX ix_reply_claim_coach_id ON reply_claim (coach_id);
CREATE INDEX ix_inbound_reply_open ON inbound_reply (received_at, id) WHERE for_coach AND closed_at IS NULL;
CREATE INDEX ix_flag_open ON flag (participant_id, kind) WHERE acknowledged_at IS NULL;
CREATE INDEX ix_outbox_message_not_arrived ON outbox_message (created_at, id) WHERE state IN ('undelivered', 'failed', 'expired');
CREATE INDEX ix_outbox_message_by_coach ON outbox_message (created_at, id) WHERE kind IN ('answer', 'coach');
CREATE INDEX ix_provider_deletion_due ON provider_deletion (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX ix_outbox_message_prompt ON outbox_message (due_at, id) WHERE state = 'queued' AND kind <> 'nudge';
CREATE INDEX ix_decision_history ON decision (enrolment_id, local_on, slot, action, text_id, available, unavailable_reason);
CREATE INDEX ix_decision_unavailable ON decision (enrolment_id, local_on, unavailable_reason) WHERE unavailable_reason IS NOT NULL;
CREATE INDEX ix_check_in_step_decision_id ON check_in (step_decision_id);
CREATE INDEX ix_check_in_nights ON check_in (enrolment_id, asked_on, score, habit, step_decision_id, outbox_message_id);
COMMIT;
