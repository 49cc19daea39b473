use schema_runtime::Table;

#[derive(Table)]
#[table(name = "a_table_whose_name_is_longer_than_what_the_database_keeps_of_names")]
struct User {
    #[column(unique(name = "ключ_с_названием_из_кириллицы_длиннее_предела"))]
    id: i64,
    #[sqlx(rename = "a_column_whose_name_is_longer_than_what_the_database_keeps_of_it")]
    name: String,
}

fn main() {}
