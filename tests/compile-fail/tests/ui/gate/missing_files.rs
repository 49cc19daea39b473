use schema_runtime::schema;

schema! {
    files("tests/ui/gate/no_such_file.sql");
    files("tests/ui/gate/no_such_folder");
    files("tests/ui/gate/renamed_table");
}

fn main() {}
