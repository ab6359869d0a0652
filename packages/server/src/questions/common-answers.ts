import { dictionary } from '@zxcvbn-ts/language-common'

/** As many of the passwords found most often; names of people, animals, teams and towns are among them. */
const FROM_BREACHES = 2_000
/** Beside them: colours, dishes, games, fears and answers that are none. */
const FREQUENT = `
  none nothing nobody nowhere never unknown idontknow dontknow noidea notapplicable secret answer test asdf nein nichts keine niemand
  red blue green yellow black white orange purple pink brown grey
  pizza pasta spaghetti noodles rice soup salad chicken fish eggs egg omelette scrambledeggs friedeggs pancakes pancake toast sandwich cake cookies burger steak
  spinach broccoli liver cabbage brusselssprouts cauliflower mushrooms tomatoes onions peas
  bed underthebed underbed closet wardrobe attic cellar basement garden forest tree treehouse shed home school kitchen
  football soccer basketball hideandseek tag chess monopoly cards
  teddy teddybear bear bunny rabbit dog cat doll puppet
  dark thedark darkness darkroom spiders spider snakes snake ghosts ghost monsters monster clowns dogs water heights death thunder
  babysitting newspapers paperround paperboy deliveringnewspapers dishwasher waiter waitress cashier cleaning mowing mowingthelawn
  ring watch phone wallet keys money book pen umbrella socks vase window glass plate cup
  smith jones miller mueller muller schmidt meier brown williams taylor johnson garcia
  bible thebible ulysses warandpeace lordoftherings thelordoftherings harrypotter
  bambi starwars titanic lionking thelionking jurassicpark frozen cinderella snowwhite junglebook thejunglebook
  thriller abba beatles thebeatles queen madonna michaeljackson
  house car boat robot plane singing dancing cooking juggling whistling drawing
  london paris berlin newyork venice rome
`
const COMMON: ReadonlySet<string> = new Set([...dictionary['passwords-common'].slice(0, FROM_BREACHES), ...FREQUENT.trim().split(/\s+/)])

/** Whether an answer (normalised) is among those that are tried first. */
export function isCommonAnswer(normalised: string): boolean {
  return COMMON.has(normalised)
}
