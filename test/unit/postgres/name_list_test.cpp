#include <gmock/gmock.h>

#include "postgres/preflight.h"
#include "postgres/preflight/list_text.h"

namespace glassflow::postgres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NameList, IsReadAsShowPrintsIt) {
    EXPECT_THAT(parse_name_list(""), IsEmpty());
    EXPECT_THAT(parse_name_list("pgoutput, test_decoding"), ElementsAre("pgoutput", "test_decoding"));
    EXPECT_THAT(parse_name_list("\"pgoutput, glassflow\""), ElementsAre("pgoutput, glassflow"));
    EXPECT_THAT(parse_name_list("A,\"We \"\"ird\",\"\""), ElementsAre("a", "We \"ird", ""));
    EXPECT_THAT(parse_name_list("\"cut off"), ElementsAre("cut off"));
}

TEST(NameList, IsSetWithoutQuotesAroundIt) {
    EXPECT_EQ(plugin_list_statement({"pgoutput", "glassflow", "We\"ird", "9x", ""}),
              "ALTER SYSTEM SET output_plugin_libraries = pgoutput, glassflow, \"We\"\"ird\", \"9x\", \"\";");
}

TEST(NameList, AnArrayLiteralQuotesWhatStandsInIt) {
    EXPECT_EQ(array_literal({}), "{}");
    EXPECT_EQ(array_literal({"a", "b\"c\\d,"}), "{\"a\",\"b\\\"c\\\\d,\"}");
}

TEST(NameList, ALongOneIsCutForAPerson) {
    EXPECT_EQ(list_text({"a", "b", "c"}, 2), "a, b and 1 more");
    EXPECT_EQ(list_text({"a", "b"}, 2), "a, b");
}

}  // namespace
}  // namespace glassflow::postgres
