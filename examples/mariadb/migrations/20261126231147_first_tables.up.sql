-- create play and 1 more (2 steps) (MariaDB)
-- Reversible: yes
-- Data: no row changes

-- create table play
CREATE TABLE `play` (
    `year` smallint unsigned NOT NULL,
    `recording_id` bigint unsigned NOT NULL,
    `times` int unsigned NOT NULL DEFAULT 1,
    PRIMARY KEY (`year`, `recording_id`)
) ENGINE=InnoDB
PARTITION BY RANGE (year) (PARTITION until_2024 VALUES LESS THAN (2025), PARTITION since VALUES LESS THAN MAXVALUE);

-- create table recording
CREATE TABLE `recording` (
    `id` bigint unsigned NOT NULL AUTO_INCREMENT,
    `shelf` char(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `title` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL,
    `notes` text CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL,
    `medium` enum('tape','disc','file') CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL DEFAULT 'file',
    `heard` set('choir','organ','brass') CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL DEFAULT 'choir',
    `seconds` int unsigned NOT NULL,
    `minutes` int unsigned GENERATED ALWAYS AS ((seconds + 59) DIV 60) STORED,
    `changed_at` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    PRIMARY KEY (`id`),
    UNIQUE KEY `recording_shelf_key` (`shelf`),
    KEY `recording_title_idx` (`title`(40)),
    FULLTEXT KEY `recording_words_idx` (`title`, `notes`),
    CONSTRAINT `recording_lasts` CHECK (seconds > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='one tape, disc or file each';
