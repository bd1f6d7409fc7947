#ifndef HEADWALL_CLIBXML2_SHIM_H
#define HEADWALL_CLIBXML2_SHIM_H

// Wrappers only: what Swift cannot import the same way from every libxml2 (2.9 to 2.14) is given one C name here.

#include <libxml/xmlversion.h>
// Some builds of libxml2 pull in the system's ICU headers, which clash with the ICU inside Foundation. Only a type that
// is not used here depends on this.
#undef LIBXML_ICU_ENABLED

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

// The structured error callback takes a const pointer since 2.12; casting here keeps the Swift side the same. Errors are
// dropped on purpose: message texts can quote the document, the number is read from the context afterwards.
static inline void headwall_xml_drop_error(void *user, void *error) {
    (void)user;
    (void)error;
}

static inline void headwall_xml_silence(xmlSAXHandler *handler) {
    handler->serror = (xmlStructuredErrorFunc)headwall_xml_drop_error;
    handler->error = NULL;
    handler->warning = NULL;
    handler->fatalError = NULL;
}

static inline int headwall_xml_well_formed(xmlParserCtxt *context) { return context->wellFormed; }

static inline int headwall_xml_error_number(xmlParserCtxt *context) { return context->errNo; }

static inline int headwall_xml_line(xmlParserCtxt *context) { return xmlSAX2GetLineNumber(context); }

#endif
