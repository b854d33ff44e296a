// One line of input with editing and history: libedit's variadic functions, one for each use.
#ifndef CEDIT_H
#define CEDIT_H

#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Owned by the caller: create, then destroy once.
typedef struct cedit {
  EditLine *line;
  History *history;
  char *prompt;
  int is_interrupted;
} cedit;

// Text between two of these has no width, such as a style.
#define CEDIT_PROMPT_ESCAPE '\1'

static inline char *cedit_prompt(EditLine *line) {
  void *context = NULL;
  el_get(line, EL_CLIENTDATA, &context);
  return context == NULL ? (char *)"" : ((cedit *)context)->prompt;
}

// What Ctrl-C does: the line is given up, not the program.
static inline unsigned char cedit_interrupt(EditLine *line, int key) {
  void *context = NULL;
  (void)key;
  el_get(line, EL_CLIENTDATA, &context);
  if (context != NULL) ((cedit *)context)->is_interrupted = 1;
  return CC_EOF;
}

// What NUL does: nothing. The terminal makes one of a Ctrl-D that is typed while no line is asked for, and
// behind libedit's own key for it, which sets a mark, no Ctrl-D would end anything.
static inline unsigned char cedit_ignore(EditLine *line, int key) {
  (void)line;
  (void)key;
  return CC_NORM;
}

static inline void cedit_destroy(cedit *edit) {
  if (edit == NULL) return;
  if (edit->line != NULL) el_end(edit->line);
  if (edit->history != NULL) history_end(edit->history);
  free(edit->prompt);
  free(edit);
}

// NULL if the terminal can't be edited on, or memory does not suffice.
static inline cedit *cedit_create(const char *prompt, int lines) {
  HistEvent event;
  cedit *edit = (cedit *)calloc(1, sizeof *edit);
  if (edit == NULL) return NULL;
  setlocale(LC_CTYPE, "C.UTF-8");
  edit->prompt = strdup(prompt);
  edit->history = history_init();
  edit->line = el_init("whence", stdin, stdout, stderr);
  if (edit->prompt == NULL || edit->history == NULL || edit->line == NULL) {
    cedit_destroy(edit);
    return NULL;
  }
  history(edit->history, &event, H_SETSIZE, lines);
  history(edit->history, &event, H_SETUNIQUE, 1);
  el_set(edit->line, EL_CLIENTDATA, edit);
  el_set(edit->line, EL_PROMPT_ESC, cedit_prompt, CEDIT_PROMPT_ESCAPE);
  el_set(edit->line, EL_HIST, history, edit->history);
  el_set(edit->line, EL_EDITOR, "emacs");
  // Ctrl-C is a key while a line is edited, whichever thread waits for it.
  el_set(edit->line, EL_SETTY, "-d", "-isig", NULL);
  el_set(edit->line, EL_ADDFN, "whence-interrupt", "give the line up", cedit_interrupt);
  el_set(edit->line, EL_BIND, "^C", "whence-interrupt", NULL);
  el_set(edit->line, EL_ADDFN, "whence-ignore", "do nothing", cedit_ignore);
  el_set(edit->line, EL_BIND, "^@", "whence-ignore", NULL);
  el_set(edit->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
  return edit;
}

// The next line with its line break, valid until the next call; NULL at the end of the input, or if
// the line was given up, which `is_interrupted` tells.
static inline const char *cedit_next(cedit *edit) {
  int count = 0;
  const char *line;
  edit->is_interrupted = 0;
  line = el_gets(edit->line, &count);
  return edit->is_interrupted || count <= 0 ? NULL : line;
}

static inline void cedit_remember(cedit *edit, const char *line) {
  HistEvent event;
  history(edit->history, &event, H_ENTER, line);
}

// Both are -1 if the file can't be read or written.
static inline int cedit_load(cedit *edit, const char *path) {
  HistEvent event;
  return history(edit->history, &event, H_LOAD, path);
}

static inline int cedit_save(cedit *edit, const char *path) {
  HistEvent event;
  return history(edit->history, &event, H_SAVE, path);
}

#endif
