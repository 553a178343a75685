namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>What a person does, in the present and in the past.</summary>
internal static class Activities
{
    public static IReadOnlyList<WordPair> All { get; } = WordPair.Parse("""
        walks_to_the_park:walked_to_the_park cooks_dinner:cooked_dinner plays_the_piano:played_the_piano
        opens_the_door:opened_the_door cleans_the_kitchen:cleaned_the_kitchen paints_the_wall:painted_the_wall
        helps_a_friend:helped_a_friend works_in_the_garden:worked_in_the_garden visits_the_museum:visited_the_museum
        closes_the_window:closed_the_window dances_in_the_rain:danced_in_the_rain waits_for_the_bus:waited_for_the_bus
        looks_at_the_moon:looked_at_the_moon calls_the_doctor:called_the_doctor jumps_over_the_fence:jumped_over_the_fence
        goes_to_school:went_to_school sees_a_bird:saw_a_bird eats_an_apple:ate_an_apple drinks_some_water:drank_some_water
        gives_a_present:gave_a_present takes_the_train:took_the_train makes_a_cake:made_a_cake
        writes_a_letter:wrote_a_letter runs_to_the_river:ran_to_the_river sings_a_song:sang_a_song
        swims_in_the_lake:swam_in_the_lake sits_on_the_chair:sat_on_the_chair buys_a_book:bought_a_book
        brings_the_food:brought_the_food finds_a_coin:found_a_coin flies_a_kite:flew_a_kite draws_a_map:drew_a_map
        sleeps_in_the_tent:slept_in_the_tent feels_happy:felt_happy builds_a_house:built_a_house
        sends_a_message:sent_a_message hears_the_music:heard_the_music tells_a_story:told_a_story
        sells_the_car:sold_the_car rides_a_horse:rode_a_horse drives_the_truck:drove_the_truck
        loses_the_key:lost_the_key wins_the_game:won_the_game breaks_the_glass:broke_the_glass
        """);
}
