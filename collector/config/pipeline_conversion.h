// A GlassFlow pipeline document -> the configuration that says the same, for a person to go on with.
#pragma once

#include <string>

#include "config/pipeline_document.h"

namespace glassflow::config {

// YAML that load() reads. A secret is written as ${NAME}, whether the document refers to one or holds it in plain text.
std::string converted_text(const PipelineDocument& document);

}  // namespace glassflow::config
