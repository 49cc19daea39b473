-- Undo: create member and 3 more (4 steps) (MariaDB)
-- Data: all rows of loan are lost
-- Data: all rows of lot are lost
-- Data: all rows of variety are lost
-- Data: all rows of member are lost

-- undo: create table loan
DROP TABLE `loan`;

-- undo: create table lot
DROP TABLE `lot`;

-- undo: create table variety
DROP TABLE `variety`;

-- undo: create table member
DROP TABLE `member`;
