// The grammar of the built-in stories, in the notation of core/data/grammar.h. Whoever changes it
// changes the corpus: its name in the manifest stays, its hash and its entropy do not.

#include "core/data/stories.h"

namespace lab {

std::string_view StoriesGrammar() {
  static constexpr std::string_view kGrammar = R"grammar(
rule story
  {opening} {detail}\n{plot} {also}\n{ending}

# ---- who, where, what ----------------------------------------------------------------------------

rule hero name intro he him his
  Lily / girl named Lily / she / her / her | Mia / girl named Mia / she / her / her
  Emma / girl named Emma / she / her / her | Anna / girl named Anna / she / her / her
  Tom / boy named Tom / he / him / his | Ben / boy named Ben / he / him / his
  Sam / boy named Sam / he / him / his | Leo / boy named Leo / he / him / his

rule grownup name
  3 * mom | 3 * dad | 2 * grandma | 2 * grandpa | aunt | uncle | big sister | big brother

rule animal name
  dog | cat | rabbit | duck | bear | fox | mouse | frog | pony | goat | hen | turtle | squirrel
  bird | hedgehog | lamb | cow | swan | donkey | kitten | puppy | snail | mole | deer

rule place to at
  to the park / in the park | to the forest / in the forest | to the beach / at the beach
  to the farm / on the farm | to the garden / in the garden | to the market / at the market
  to the lake / at the lake | to the river / by the river | to the hill / on the hill
  to the meadow / in the meadow | to the zoo / at the zoo | to the playground / at the playground
  to the village / in the village | to the old bridge / near the old bridge

rule spot
  under the bed | behind the door | in the kitchen | on the stairs | near the window
  inside the cupboard | under the table | behind the clock | next to the stove | in a drawer
  on a shelf | beside the sofa

rule nook
  under a tree | between two stones | near the fence | in the tall grass | behind a bush
  next to the path | in a dark hole | by the old well | inside a barn | beside a log
  among the flowers | under some leaves

rule toy name
  ball | kite | boat | drum | doll | truck | book | hat | train | puzzle

rule treasure
  a coin | a map | a shell | a feather | a music box | a letter | a tiny mirror | a ring
  a bag of marbles | a picture of a ship | a wooden horse | a lamp | a compass | a silver key
  a spoon | a candle | a deck of cards | a ruby

rule color
  2 * red | 2 * blue | 2 * green | yellow | white | black | purple | pink | brown | golden
  silver

rule look
  2 * big | 2 * small | tiny | shiny | soft | strange | pretty | funny | round | lovely | dusty
  heavy | plain | bright | fancy | smooth | crooked | nice | fluffy | clean

rule nature
  3 * little | kind | brave | clever | shy | quiet | cheerful | gentle | curious | lazy | polite
  silly

rule food
  bread | soup | cheese | cookies | apples | berries | cake | honey | nuts | carrots | grapes
  pancakes | rice | pie | toast | corn | beans | peas | plums | pears | cherries | noodles
  muffins | waffles

rule dish name
  bread | soup | cheese | jam | pudding | porridge | tea | lemonade | cake

rule activity
  run | jump | sing | dance | draw | swim | climb trees | read | cook | paint | build towers
  pick flowers | watch the stars | tell jokes | ride a bike | play hide and seek | feed the ducks
  catch leaves | skate | knit | bake | plant beans | count birds | collect stones | race
  roll down hills | splash in puddles | write letters | sail boats | dig holes

rule glad
  3 * happy | 2 * glad | proud | excited | cheerful | thankful | surprised | calm

rule down
  3 * sad | 2 * upset | worried | lonely | tired | cross | nervous | hurt

rule weather
  2 * sunny | warm | cold | windy | rainy | snowy | cloudy | foggy | bright

rule time
  2 * day | 2 * morning | afternoon | evening

rule quickly
  quickly | slowly | quietly | carefully | happily | at once | again | together

# ---- how it begins -------------------------------------------------------------------------------

rule opening
  4 * Once upon a time there was a {nature} {h=hero.intro}. {habit}
  2 * There once was a {nature} {h=hero.intro}. {habit}
  {h=hero} was a {nature} child. {habit}
  Long ago, {home}, lived a {nature} {h=hero.intro}. {habit}

rule home
  in a {look} house
  near a {look} lake
  on a {look} farm
  in a {color} house
  in a quiet village | by the sea

rule habit
  2 * {h.He} liked to {activity} and to {activity}.
  2 * {h.He} loved to {activity} every {time}.
  Every {time} {h.he} wanted to {activity}.
  {h.His} favorite food was {food}.
  {h.His} best friend was a {look} {animal}.
  {h.He} had a {look} {color} {toy} and a {look} {animal}.

rule detail
  {h.He} wore a {color} {cloth} and had a {look} {toy}.
  {h.His} house had a {color} door and a {look} {corner}.
  In {h.his} bag {h.he} kept {treasure} and some {food}.
  {h.His} {look} {animal} slept {spot}.
  "I want to {activity} and to {activity}," {h.he} often said.
  Next door lived a {nature} {worker} with a {look} {animal}.

rule cloth
  coat | sweater | cap | jacket | shirt | vest | raincoat | belt

rule corner
  garden | kitchen | attic | roof | chimney | cellar

rule worker
  farmer | baker | teacher | sailor | painter | doctor | singer | tailor

# ---- what happens --------------------------------------------------------------------------------

rule plot
  {lost}
  {stuck}
  {rain}
  {gift}
  {share}
  {fear}
  {seed}
  {box}
  {visit}

# A toy is lost and found.
rule lost
  One {weather} {time} {h} lost {h.his} {color} {t=toy}. {search} {find}

rule search
  {h.He} looked {spot} and {spot}, but the {t} was not there. {h.He} felt {down}.
  {h.He} felt {down}. "Where is my {t}?" {h.he} asked {h.his} {grownup}.
  "I need my {t}!" {h.he} cried. {h.He} searched {spot} and then {spot}.
  Was it {spot}? No. Was it {spot}? No. {h.He} was {down}.

rule find
  Then a {look} {animal} came and pointed {spot}. The {t} was there!
  At last {h.his} {grownup} found it {spot}. The {t} was a bit {state}, but that was fine.
  In the end {h.he} found the {t} {spot}. A {animal} had slept on it!
  The next {time} the {t} was back. A {nature} {animal} had found it {spot}.

rule state
  wet | dirty | dusty | bent | cold | sticky

# An animal needs help.
rule stuck
  One {time} {h} walked {p=place.to} and saw a {look} {a=animal}. {trouble} {help}

rule trouble
  The {a} was stuck {nook} and could not move. It was {down}.
  The {a} was hungry and {down}. "Do you have some {food}?" it asked.
  "Please help me," said the {a}. "I lost my {kin} {p.at}."
  It was {down}, for a {look} {animal} had taken its {food}.

rule kin
  mother | father | brother | sister | friend | baby

rule help
  {h} gave the {a} some {food} and sat with it {nook}. Soon it was {glad}.
  "I will help you," said {h}. {h.He} worked {quickly} until the {a} was free.
  {h} called {h.his} {grownup}, and they took the {a} home {quickly}.
  {h.He} thought for a while. Then {h.he} made a {look} bed for the {a} {nook}.

# The weather spoils a plan.
rule rain
  {h} wanted to go {place.to} to {activity}. But the {time} was {storm}. {indoors}

rule storm
  wet and cold | dark and gray | too windy | full of snow | very foggy | loud with thunder

rule indoors
  {h.He} felt {down}. "We can {activity} here," said {h.his} {grownup}. So they did, and ate {food}.
  "It is not fair," {h.he} said. {h.His} {grownup} smiled and gave {h.him} a {look} {toy}.
  So {h.he} stayed home and made a {color} {toy} out of paper. Then {h.he} wanted to {activity}.
  {h.His} {grownup} had an idea. They sat {spot}, ate {food} and talked about {topic}.

rule topic
  old times | the sea | the moon | far lands | dragons | the next summer | brave knights | school

# A present, and something goes wrong.
rule gift
  It was the birthday of {h.his} {g=grownup}. {h} wished to make {m=dish}. {mishap} {mend}

rule mishap
  But there was no {need} in the house. {h.He} felt {down}.
  But the {m} fell {spot}. "Oh no!" said {h}.
  But a {look} {animal} came in and ate the {m}. {h.He} was {down}.
  But {h.he} was too {nature} and forgot the {need}.

rule need
  milk | sugar | butter | salt | flour | water

rule mend
  So {h.he} drew a {look} {color} {animal} instead. {h.His} {g} was {glad}.
  A {nature} neighbor gave {h.him} some {food}. That was even better!
  {h.He} told {h.his} {g} about it, and they laughed. They made {food} {quickly}.
  {h.He} tried once more. This time the {m} was {taste} and sweet.

rule taste
  warm | fresh | rich | soft | golden | light

# Two children want one thing.
rule share
  {place.At}, {h} played with a {color} {t=toy}. A {nature} child came and {want} {agree}

rule want
  took the {t}. "That is mine!" said {h}. {h.He} was {down}.
  asked, "May I have the {t}?" {h} shook {h.his} head.
  looked at the {t}. The child had no {toy} and was {down}.
  cried, "Give it to me!" They pulled until the {t} broke.

rule agree
  {h.His} {grownup} said, "You can take turns." So they played {quickly}.
  Then {h} said, "Let us {activity} first." The child was {glad}.
  "I am sorry," said the child, and gave {h} some {food}. Now both were {glad}.
  They sat {nook} and thought. Then they made a {look} {toy} for two.

# Someone is afraid and dares.
rule fear
  {h} was afraid of {scare}. One {time} {h.his} {grownup} said, "{courage}" {dare}

rule scare
  the dark | deep water | loud noises | big dogs | high places | spiders | storms | the old barn
  new people | the school bus

rule courage
  You are {nature}, and I am with you.
  Let us try it {quickly}.
  Everyone is {down} sometimes.
  Hold my hand and count to {number}.
  Think of a {look} {animal}.

rule number
  three | four | five | seven | ten | twenty

rule dare
  {h} closed {h.his} eyes and took {number} steps. It was not so bad!
  So {h.he} held a {color} {toy} and tried {quickly}. {h.He} felt {glad}.
  At first {h.he} was {down}. Then {h.he} saw a {look} {animal} {nook} and had to laugh.
  {h.He} took a deep breath. After {number} minutes the fear was gone.

# A seed grows.
rule seed
  {h.His} {grownup} gave {h} a {look} seed. {h} put it {nook} and {care} {grow}

rule care
  gave it water every {time}. For {number} days nothing came.
  sang to it every {time}. A {animal} watched.
  waited. {h.He} waited {number} days and felt {down}.
  told it about {topic}. It rained for {number} days.

rule grow
  Then a {color} flower grew. It was as {look} as a {toy}!
  One {weather} {time} there was a tree full of {food}.
  Then a {animal} ate the plant. But {h.he} still had {number} seeds.
  Soon it was so big that a {nature} {animal} lived in it.

# Something lies in a box.
rule box
  {place.At}, {h} found a {look} {color} box. It was {nook}. {open} {inside}

rule open
  {h.He} opened it {quickly}.
  It was locked, but a {nature} {animal} had the key.
  {h.He} asked {h.his} {grownup} to open it.
  {h.He} shook it, and it made a {noise} sound.

rule noise
  strange | funny | soft | loud | deep | high

rule inside
  In it was {treasure} and {treasure}. {h.He} gave one to {h.his} {grownup}.
  There was nothing in it but {treasure}. Still {h.he} was {glad}.
  Out came a {color} {animal}! "Thank you," it said, and gave {h.him} {treasure}.
  It held {treasure}, and a note: "For a {nature} child." {h.He} kept it {nook}.

# A trip.
rule visit
  One {weather} {time} {h} and {h.his} {g=grownup} went {p=place.to}. {sight} {trip}

rule sight
  They saw a {color} {animal} and a {look} {animal}.
  They wanted to {activity}, but {h} forgot {h.his} {toy}.
  On the way they met a {nature} {animal} with a {toy}.
  "Look, a {look} {animal}!" said {h}.

rule trip
  They ate {food} and {food} {p.at}. Then it was time to go home.
  {h} got lost, and was {down}. {h.His} {g} found {h.him} {nook}.
  "Can we {activity}?" asked {h}. "Yes, and then we eat {food}," said {h.his} {g}.
  {h.He} fell and was {down}. But {h.his} {g} gave {h.him} a {color} {toy}.

# Something seen by the way.
rule also
  A {color} {animal} and a {look} {animal} watched {quickly}.
  The {time} was {weather}, and it smelled of {food}.
  Soon it was time for {food} and {food}.
  "Well done!" said a {nature} {worker} with a {color} {cloth}.
  Somewhere a {animal} began to {activity}.
  And {nook} lay {treasure}.

# ---- how it ends ---------------------------------------------------------------------------------

rule ending
  {h} was {glad}. {close}
  "This was a {mood} {time}," said {h}. {close}
  That night {h} felt {glad} and dreamed of {dream}. {close}
  {h} went home {quickly} and told {h.his} {grownup} about it. {close}
  From then on {h} was {glad} each {time}. {close}

rule mood
  2 * good | long | lovely | funny | strange | happy | wonderful | busy

rule dream
  {topic}
  a {color} {animal}
  {food}
  a {look} {toy}

rule close
  3 * The end.
  {h.He} learned to be {virtue}.
  And they all ate {food}.
  It is good to {moral}.

rule virtue
  kind | brave | patient | careful | honest | calm

rule moral
  share | help a friend | say sorry | try once more | ask for help | listen | wait
)grammar";
  return kGrammar;
}

}  // namespace lab
