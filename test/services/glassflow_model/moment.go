// Text -> moment, in the styles that the sink knows; tried in this order, which decides what 01/02/2006 means.
package main

import (
	"fmt"
	"time"
)

// After seconds, Go reads a fraction also where the layout has none.
var momentLayouts = []string{
	time.RFC3339,
	"2006-01-02T15:04:05",
	"2006-01-02 15:04:05",
	time.RFC1123,
	time.RFC1123Z,
	time.RFC822,
	time.RFC822Z,
	time.RFC850,
	time.ANSIC,
	"2006-01-02",
	"01/02/2006",
	"02/01/2006",
	"02.01.2006",
	"01.02.2006",
	"2006/01/02",
	"Jan 2, 2006",
	"2 Jan 2006",
}

func parseMoment(text string) (time.Time, error) {
	for _, layout := range momentLayouts {
		if moment, err := time.Parse(layout, text); err == nil {
			return moment, nil
		}
	}
	return time.Time{}, fmt.Errorf("unable to parse datetime from '%s'", text)
}
