#include "format/relation_text.h"

#include "format/json_writer.h"

namespace glassflow::format {

const RelationText::Text& RelationText::make(const event::Relation& relation) {
    JsonWriter writer;
    Text text;
    writer.field("_schema", relation.schema);
    writer.field("_table", relation.table);
    text.place = writer.take();
    for (std::size_t i = 0; i < relation.columns.size(); ++i) {
        writer.clear();
        writer.key(naming_ == nullptr ? relation.columns[i].name : naming_(relation, i));
        text.columns.emplace_back(writer.take());
    }
    return texts_.insert_or_assign(&relation, std::move(text)).first->second;
}

}  // namespace glassflow::format
