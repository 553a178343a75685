namespace CascadeLocal.Trainer.Tasks;

/// <summary>
/// Sentences in which people say why they ask. Each fits every question and changes no answer: the members learn that it is
/// not the question.
/// </summary>
internal static class Asides
{
    /// <summary>What stands in front of a question.</summary>
    public static IReadOnlyList<string> InFront { get; } =
    [
        "I am doing my homework.", "My teacher gave us this one.", "We have a test tomorrow and I am a bit lost.", "This is for a quiz on Friday.",
        "My son asked me this at breakfast.", "My daughter wants to know.", "My brother and I have a bet.", "A friend of mine swears he knows it.",
        "I should know this, I really should.", "I used to know this when I was young.", "It has been years since I was at school.",
        "My boss wants it by noon.", "I need this for a report.", "I am filling in a form.", "We are playing a game.", "It is our turn now.",
        "I am writing a card to my aunt.", "I am learning English.", "English is not my first language.", "I cannot find my glasses.",
        "My phone is nearly dead, so be quick.", "I am on the bus and have no pen.", "Sorry to bother you again.", "Good morning to you.",
        "Hello there, computer.", "You seem clever.", "Let's see how clever you are.", "I bet you cannot do this.", "Here is an easy one for you.",
        "Here comes a harder one.", "One more, then I will leave you alone.", "Next question.", "Number seven on my list.", "Exercise 12.",
        "Task for today.", "Pub quiz, round two.", "Crossword, four across.", "Spelling bee practice.", "Maths practice.", "Warm-up.",
        "I have asked three people and got three answers.", "Nobody at home could tell me.", "My neighbour said I should ask you.",
        "The other program got this wrong.", "I tried it myself and failed.", "I think I have it, but I want to check.", "Please check this for me.",
        "Thanks for the last answer.", "That was nice of you.", "No, that is not what I meant.", "Never mind the last one.", "Forget what I said before.",
        "Listen carefully.", "Think about this.", "Take your time.", "Don't make anything up.", "Give me a straight answer.", "No long speeches.",
        "I have a funny question.", "This may sound silly.", "It is late and I am tired.", "I am cooking and my hands are full.", "We are on the road.",
        "The kids are shouting.", "I promised my class an answer.", "My pupils keep asking.", "For the newsletter we need this.",
        "I am making flash cards.", "I am packing for a trip.", "We are tidying the shed.", "At work somebody asked me this.", "I read about it in the paper.",
        "The radio had this question today.", "Grandpa never believes me.", "She says yes, I say no.", "You are my last hope!", "Help me out here.",
        "Okay, listen.", "Alright then.", "Oh, by the way!", "Wait, before I forget!", "Quick check.", "Sanity check.", "User request follows.",
        "Input below.", "Read the question and answer it.", "Reply with the answer.", "Consider the following.", "A short question, if I may.",
        "I would be much obliged for an answer.", "Dear assistant,", "Hey buddy,", "My dear,", "Friend,", "Sir or madam,", "Yes, me again.",
    ];

    /// <summary>What stands behind a question.</summary>
    public static IReadOnlyList<string> Behind { get; } =
    [
        "It is for my homework.", "My teacher wants it by Monday.", "I have a test tomorrow.", "I keep forgetting it.", "I always get this wrong.",
        "My brother says he knows.", "We have a bet on it.", "I need it for a form.", "My boss is waiting.", "The bus leaves in a minute.",
        "I want to be sure.", "I want to check my own answer.", "I really do not know.", "Nobody here knows.", "Do not tell my teacher.",
        "Take your time.", "Be quick.", "Be exact.", "Just the answer.", "Nothing else.", "No jokes.", "In plain words.", "You know what I mean.",
        "That is all I want.", "Then I will go to bed.", "And then we are done.", "It cannot be that hard.", "It is harder than it looks.",
        "I would be grateful.", "I would be much obliged.", "Much appreciated.", "Thank you in advance.", "Thanks a million.", "You are a star.",
        "You are the best.", "Good luck with it!", "Can you do that?", "Do you know?", "Any idea?", "Okay?", "Go!", "Over to you.", "Your turn.",
        "Hurry up!", "I am waiting.", "Let me know.", "Tell me, please.", "Help me, please.", "My son would like to hear it.", "My daughter will be pleased.",
        "It is for a game.", "It is for a quiz.", "It is for a card.", "It is for the class.", "It is for my notes.", "I am new here.",
        "Sorry if this is silly.", "Sorry for all the questions.", "Lol.", "Haha.", "Pretty please!", "If it is no trouble.", "When you have a moment.",
    ];
}
