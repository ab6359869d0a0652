/**
 * Security questions. What people publish, or what public registers hold (a mother's name, a birthplace, a school, a pet), is not asked;
 * what stays the same and has many answers is.
 */
export const questionTexts = {
  'question.first-dish': 'What was the first dish that you learned to cook?',
  'question.childhood-hideout': 'Where did you like to hide as a child?',
  'question.first-album': 'Which was the first record or album that you bought with your own money?',
  'question.feared-teacher': 'What was the name of the teacher whom you liked least?',
  'question.childhood-game': 'Which game did you invent, or change the rules of, as a child?',
  'question.soft-toy': 'What did you call your best-loved soft toy or doll?',
  'question.first-job-task': 'What was the first task that you were ever paid for?',
  'question.neighbour': 'What was the family name of the neighbours next door when you were ten?',
  'question.lost-thing': 'What is the dearest thing that you have ever lost?',
  'question.broken-thing': 'What did you once break and never own up to?',
  'question.unread-book': 'Which book have you begun most often and never finished?',
  'question.hated-dish': 'Which dish did you have to eat as a child, and could not bear?',
  'question.lost-way': 'Where did you once lose your way?',
  'question.childhood-fear': 'What were you most afraid of as a small child?',
  'question.borrowed-thing': 'What have you borrowed and never given back?',
  'question.secret-talent': 'What can you do that hardly anybody knows of?',
  'question.first-film': 'Which was the first film that you saw at a cinema?',
  'question.unbuilt-thing': 'What did you once want to build, and never did?',
  'question.first-job-stop': 'At which stop did you get off on the way to your first job?',
  'question.wrong-present': 'What was the most unfitting present that you were ever given?',
} as const
