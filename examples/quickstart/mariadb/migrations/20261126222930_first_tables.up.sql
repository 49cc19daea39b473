-- create member and 3 more (4 steps) (MariaDB)
-- Reversible: yes
-- Data: no row changes

-- create table member
CREATE TABLE `member` (
    `id` bigint NOT NULL AUTO_INCREMENT,
    `email` varchar(255) NOT NULL,
    `name` varchar(255) NOT NULL,
    `joined_on` varchar(255) NOT NULL DEFAULT (CURRENT_DATE),
    PRIMARY KEY (`id`),
    UNIQUE KEY `member_email_key` (`email`)
) ENGINE=InnoDB;

-- create table variety
CREATE TABLE `variety` (
    `id` bigint NOT NULL AUTO_INCREMENT,
    `species` varchar(255) NOT NULL,
    `name` varchar(255) NOT NULL,
    `sow_month` bigint NOT NULL,
    `label` varchar(255) GENERATED ALWAYS AS (species || ' ' || name) STORED,
    PRIMARY KEY (`id`),
    UNIQUE KEY `variety_species_name_key` (`species`, `name`),
    CONSTRAINT `sow_month_in_year` CHECK (sow_month BETWEEN 1 AND 12)
) ENGINE=InnoDB;

-- create table lot
CREATE TABLE `lot` (
    `id` bigint NOT NULL AUTO_INCREMENT,
    `variety_id` bigint NOT NULL,
    `harvested_in` bigint NOT NULL,
    `grams` bigint NOT NULL,
    `state` enum('fresh','tested','expired') NOT NULL DEFAULT 'fresh',
    PRIMARY KEY (`id`),
    KEY `lot_variety_id_harvested_in_idx` (`variety_id`, `harvested_in` DESC),
    CONSTRAINT `lot_not_overdrawn` CHECK (grams >= 0),
    CONSTRAINT `lot_variety_id_fkey` FOREIGN KEY (`variety_id`) REFERENCES `variety` (`id`)
) ENGINE=InnoDB;

-- create table loan
CREATE TABLE `loan` (
    `id` bigint NOT NULL AUTO_INCREMENT,
    `member_id` bigint NOT NULL,
    `lot_id` bigint NOT NULL,
    `grams` bigint NOT NULL,
    `returned_on` varchar(255) NULL,
    PRIMARY KEY (`id`),
    KEY `loan_lot_id_idx` (`lot_id`),
    KEY `loan_open_idx` (`member_id`, `returned_on`),
    CONSTRAINT `loan_of_something` CHECK (grams > 0),
    CONSTRAINT `loan_lot_id_fkey` FOREIGN KEY (`lot_id`) REFERENCES `lot` (`id`),
    CONSTRAINT `loan_member_id_fkey` FOREIGN KEY (`member_id`) REFERENCES `member` (`id`)
) ENGINE=InnoDB;
