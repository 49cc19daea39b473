//! The generated schema in the language of each peer. What one of them has no word for is left out there: Drizzle has no comments.

use std::fmt::Write as _;

use crate::generated::{CHANGED, name};

/// What follows a number: the column that a changed model has more.
fn more(number: usize, changed: bool, line: &'static str) -> &'static str {
    if changed && number.is_multiple_of(CHANGED) { line } else { "" }
}

/// Tables of Drizzle.
pub(super) fn drizzle(tables: usize, changed: bool) -> String {
    let mut text = String::from(
        "import { sql } from 'drizzle-orm';\n\
         import { type AnyPgColumn, bigint, check, index, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';\n",
    );
    for number in 0..tables {
        let (own, parent) = (name(number), number.saturating_sub(1));
        let _ = write!(
            text,
            "\nexport const thing{number} = pgTable('{own}', {{\n\
             \x20 id: bigint('id', {{ mode: 'number' }}).primaryKey().generatedByDefaultAsIdentity(),\n\
             \x20 parentId: bigint('parent_id', {{ mode: 'number' }}).references((): AnyPgColumn => thing{parent}.id, {{ onDelete: 'cascade' }}),\n\
             \x20 email: text('email').notNull().unique('{own}_email_key'),\n\
             \x20 name: text('name').notNull(),\n\
             \x20 status: text('status').notNull().default('new'),\n\
             \x20 amount: bigint('amount', {{ mode: 'number' }}).notNull(),\n\
             \x20 note: text('note'),\n\
             \x20 payload: jsonb('payload'),\n\
             \x20 createdAt: timestamp('created_at', {{ withTimezone: true }}).notNull().defaultNow(),\n\
             \x20 updatedAt: timestamp('updated_at', {{ withTimezone: true }}),\n{}\
             }}, (table) => [\n\
             \x20 index('{own}_parent_id_idx').on(table.parentId),\n\
             \x20 index('{own}_status_created_at_idx').on(table.status, table.createdAt.desc()),\n\
             \x20 check('{own}_amount_check', sql`${{table.amount}} >= 0`),\n\
             ]);\n",
            more(number, changed, "  remark: text('remark'),\n"),
        );
    }
    text
}

/// Models of SQLAlchemy, as Alembic reads them.
pub(super) fn sqlalchemy(tables: usize, changed: bool) -> String {
    let mut text = String::from(
        "from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Identity, Index, Text, UniqueConstraint, text\n\
         from sqlalchemy.dialects.postgresql import JSONB\n\
         from sqlalchemy.orm import DeclarativeBase\n\n\n\
         class Base(DeclarativeBase):\n    pass\n",
    );
    for number in 0..tables {
        let (own, parent) = (name(number), name(number.saturating_sub(1)));
        let _ = write!(
            text,
            "\n\nclass Thing{number}(Base):\n    __tablename__ = '{own}'\n\
             \x20   id = Column(BigInteger, Identity(), primary_key=True)\n\
             \x20   parent_id = Column(BigInteger, ForeignKey('{parent}.id', name='{own}_parent_id_fkey', ondelete='CASCADE'))\n\
             \x20   email = Column(Text, nullable=False)\n\
             \x20   name = Column(Text, nullable=False, comment='as it is shown')\n\
             \x20   status = Column(Text, nullable=False, server_default='new')\n\
             \x20   amount = Column(BigInteger, nullable=False)\n\
             \x20   note = Column(Text)\n\
             \x20   payload = Column(JSONB)\n\
             \x20   created_at = Column(DateTime(timezone=True), nullable=False, server_default=text('now()'))\n\
             \x20   updated_at = Column(DateTime(timezone=True))\n{}\
             \x20   __table_args__ = (\n\
             \x20       UniqueConstraint('email', name='{own}_email_key'),\n\
             \x20       CheckConstraint('amount >= 0', name='{own}_amount_check'),\n\
             \x20       Index('{own}_parent_id_idx', 'parent_id'),\n\
             \x20       Index('{own}_status_created_at_idx', 'status', created_at.desc()),\n\
             \x20       {{'comment': 'What is known of thing {number}'}},\n    )\n",
            more(number, changed, "    remark = Column(Text)\n"),
        );
    }
    text
}

/// Models of Django.
pub(super) fn django(tables: usize, changed: bool) -> String {
    let mut text = String::from("from django.db import models\nfrom django.db.models.functions import Now\n");
    for number in 0..tables {
        let own = name(number);
        let parent = if number == 0 { "self".to_owned() } else { format!("Thing{}", number - 1) };
        let _ = write!(
            text,
            "\n\nclass Thing{number}(models.Model):\n    id = models.BigAutoField(primary_key=True)\n\
             \x20   parent = models.ForeignKey('{parent}', null=True, on_delete=models.CASCADE, related_name='+')\n\
             \x20   email = models.TextField(unique=True)\n\
             \x20   name = models.TextField(db_comment='as it is shown')\n\
             \x20   status = models.TextField(db_default='new')\n\
             \x20   amount = models.BigIntegerField()\n\
             \x20   note = models.TextField(null=True)\n\
             \x20   payload = models.JSONField(null=True)\n\
             \x20   created_at = models.DateTimeField(db_default=Now())\n\
             \x20   updated_at = models.DateTimeField(null=True)\n{}\n\
             \x20   class Meta:\n\
             \x20       db_table = '{own}'\n\
             \x20       db_table_comment = 'What is known of thing {number}'\n\
             \x20       indexes = [models.Index(fields=['status', '-created_at'], name='{own}_newest_idx')]\n\
             \x20       constraints = [models.CheckConstraint(condition=models.Q(amount__gte=0), name='{own}_amount_check')]\n",
            more(number, changed, "    remark = models.TextField(null=True)\n"),
        );
    }
    text
}
