// SPDX-License-Identifier: GPL-2.0-or-later
/* svg - see svg.h; what all pictures share */
#include <math.h>

#include "report/svg.h"

double svg_at(const struct svg_axis *a, double number)
{
	double share = a->log ? log10(number / a->min) / log10(a->max / a->min) :
		       (number - a->min) / (a->max - a->min);

	return a->from + share * (a->to - a->from);
}

double svg_tick(double range, uint32_t most)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double unit = pow(10, floor(log10(range / most)));
	uint32_t i;

	for (i = 0; i < 3 && range / (steps[i] * unit) > most; i++)
		;
	return steps[i] * unit;
}

void svg_tick_name(char *name, size_t len, double number, double tick)
{
	int digits = tick < 1 ? (int)ceil(-log10(tick) - 1e-9) : 0;

	snprintf(name, len, "%.*f", digits, fabs(number) < tick / 2 ? 0 : number);
}

/*
 * Told apart with any colour vision, and dark enough for a light ground: Okabe and
 * Ito's without yellow and black, then from Tol's "muted".
 */
const char *svg_colour(uint32_t i)
{
	static const char *const colours[] = {
		"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#332288", "#999933",
		"#882255", "#44aa99", "#6e6e6e", "#117733", "#aa4499", "#b8a038", "#000000", "#88ccee",
	};

	return colours[i % (sizeof(colours) / sizeof(colours[0]))];
}

void svg_text(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			/* XML has no other control characters. */
			fputc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, f);
		}
	}
}

void svg_open(FILE *f, uint32_t width, uint32_t height, const char *title)
{
	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" "
		"height=\"%u\" role=\"img\" font-family=\"system-ui, 'Liberation Sans', 'DejaVu Sans', "
		"sans-serif\" font-size=\"12\" fill=\"#222\">\n<title>", width, height, width, height);
	svg_text(f, title);
	fprintf(f, "</title>\n<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n", width, height);
}
