CREATE TABLE p (id int PRIMARY KEY, k int);
CREATE TABLE t (
    id int PRIMARY KEY AUTO_INCREMENT,
    a int,
    b varchar(10),
    b40 varchar(40),
    b70 varchar(70),
    c text,
    d decimal(10,2),
    e timestamp NULL,
    dt datetime,
    f int NOT NULL DEFAULT 1,
    h char(10),
    m enum('a','b'),
    s set('a','b'),
    j json,
    q int,
    r int,
    u int unsigned,
    g point NOT NULL,
    vv int AS (a + 1) VIRTUAL,
    vs int AS (a + 1) STORED,
    l varchar(10) CHARACTER SET latin1,
    u3 varchar(10) CHARACTER SET utf8mb3,
    KEY t_b (b), KEY t_ac (a, r), UNIQUE KEY t_uq (a), KEY t_q (q), KEY t_l (l), KEY t_u3 (u3),
    CONSTRAINT t_q_fk FOREIGN KEY (q) REFERENCES p (id),
    CONSTRAINT t_chk CHECK (f > 0)
) CHARACTER SET utf8mb4;
CREATE TABLE n (x int NOT NULL, y int, z int);
CREATE TABLE v (x int PRIMARY KEY, y int, w int AS (y + 1) VIRTUAL, vv int AS (y + 2) VIRTUAL, KEY v_w (w));
CREATE TABLE pt (id int NOT NULL, k int) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN (200));
CREATE TABLE px (id int NOT NULL, k int);
INSERT INTO p SELECT seq, seq FROM seq_1_to_5;
INSERT INTO t (id, a, b, b70, c, d, e, dt, f, h, m, s, j, q, r, u, g, l, u3)
    SELECT seq, seq, concat('b', seq), 'b', 'c', seq, '2020-01-01', '2020-01-01', seq, 'h', 'a', 'a', '{}', seq, seq, seq, point(1,1), 'l', 'u' FROM seq_1_to_5;
INSERT INTO n SELECT seq, seq, seq FROM seq_1_to_5;
INSERT INTO v (x, y) SELECT seq, seq FROM seq_1_to_5;
INSERT INTO pt SELECT seq, seq FROM seq_1_to_5;
INSERT INTO px SELECT seq, seq FROM seq_101_to_105;
