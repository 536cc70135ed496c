#include "format/relation_text.h"

#include "format/json_writer.h"

namespace glassflow::format {

const RelationText::Text& RelationText::make(const event::Relation& relation) {
    JsonWriter writer;
    Text text;
    writer.field("_schema", relation.schema);
    writer.field("_table", relation.table);
    text.place = writer.take();
    for (const event::Column& column : relation.columns) {
        writer.clear();
        writer.key(column.name);
        text.columns.emplace_back(writer.take());
    }
    return texts_.insert_or_assign(&relation, std::move(text)).first->second;
}

}  // namespace glassflow::format
