CREATE TABLE p (id bigint unsigned PRIMARY KEY AUTO_INCREMENT, code varchar(36) UNIQUE);
CREATE TABLE d (
    id bigint unsigned NOT NULL AUTO_INCREMENT,
    ok tinyint(1) NOT NULL DEFAULT 1,
    at datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    at6 timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    doc json,
    name varchar(20) NOT NULL DEFAULT 'it''s',
    e enum('a', 'b''c') DEFAULT 'a',
    s set('x', 'y'),
    n decimal(10,2) DEFAULT 0.00,
    x int(11) DEFAULT (1 + 1),
    u uuid DEFAULT uuid(),
    v int AS (x + 1) VIRTUAL,
    w int AS (x * 2) STORED COMMENT 'it''s',
    z int(8) ZEROFILL,
    b bit(3) DEFAULT b'101',
    l varchar(10) CHARACTER SET latin1 COLLATE latin1_bin,
    t text DEFAULT 'abc',
    pt point NOT NULL,
    nn int,
    pid bigint unsigned,
    PRIMARY KEY (id),
    KEY name20 (name(20)),
    KEY name10 (name(10) DESC, x),
    UNIQUE KEY un (name, x),
    UNIQUE KEY un5 (name(5)),
    FULLTEXT KEY ft (t),
    SPATIAL KEY sp (pt),
    KEY ig (nn) COMMENT 'c' IGNORED,
    CONSTRAINT fkp FOREIGN KEY (pid) REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT c1 CHECK (x > 0),
    CHECK (nn <> 4 AND name <> 'q')
) COMMENT 'it''s' AUTO_INCREMENT = 77 ROW_FORMAT = DYNAMIC;
CREATE TABLE l1 (a varchar(5), b varchar(5) COLLATE latin1_bin, k int CHECK (k > 1)) CHARACTER SET latin1;
CREATE TABLE pr (id int NOT NULL, PRIMARY KEY (id))
    PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE);
CREATE TABLE m (a int) ENGINE = MyISAM;
CREATE VIEW vw AS SELECT id, name FROM d WHERE x > 1;
CREATE VIEW vv AS SELECT id FROM vw;
CREATE SEQUENCE sq START 5;
CREATE FUNCTION twice(a int) RETURNS int DETERMINISTIC RETURN a * 2;
CREATE TRIGGER tr BEFORE INSERT ON p FOR EACH ROW BEGIN IF NEW.code = '' THEN SET NEW.code = NULL; END IF; END
